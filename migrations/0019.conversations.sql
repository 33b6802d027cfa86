-- One thread a person across channels: a conversation belongs to a person where one is known, to an address else.
-- Nothing else writes while a version is migrated, and conversations are few beside messages.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion, adding-foreign-key-constraint, ban-drop-constraint

alter table communications.conversations
    -- comes back by itself at that time, and at once when they write
    add column snoozed_until timestamptz,
    -- the thread of an address that turned out to be a known person's lives on in theirs
    add column merged_into bigint references communications.conversations;

create table communications.conversation_addresses (
    conversation_id bigint not null references communications.conversations,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    address text not null,
    -- WhatsApp's window for free words is counted from it
    last_inbound_at timestamptz,
    primary key (conversation_id, channel, address)
);
insert into communications.conversation_addresses (conversation_id, channel, address, last_inbound_at)
select id, channel, address, last_inbound_at from communications.conversations;
create index conversation_addresses_address on communications.conversation_addresses (channel, address);

-- what was one thread a channel becomes the newest of them; the others point at it
update communications.conversations c set needs_answer = true, status = 'open'
where person_id is not null and not needs_answer
  and exists (select from communications.conversations other
              where other.person_kind = c.person_kind and other.person_id = c.person_id and other.needs_answer);
with places as (
    select id, first_value(id) over (partition by person_kind, person_id order by last_message_at desc, id desc) as newest
    from communications.conversations where person_id is not null)
update communications.conversations c
set merged_into = places.newest, status = 'closed', needs_answer = false, version = version + 1
from places where places.id = c.id and places.newest <> c.id;
insert into communications.conversation_addresses (conversation_id, channel, address, last_inbound_at)
select c.merged_into, a.channel, a.address, a.last_inbound_at
from communications.conversation_addresses a join communications.conversations c on c.id = a.conversation_id
where c.merged_into is not null;
delete from communications.conversation_addresses a using communications.conversations c
where c.id = a.conversation_id and c.merged_into is not null;
update communications.inbound_messages m set conversation_id = c.merged_into
from communications.conversations c where c.id = m.conversation_id and c.merged_into is not null;
update communications.conversations c
set last_inbound_at = (select max(a.last_inbound_at) from communications.conversation_addresses a
                       where a.conversation_id = c.id)
where exists (select from communications.conversations gone where gone.merged_into = c.id);

alter table communications.conversations drop constraint conversations_channel_address_key;
drop index communications.conversations_person;
create unique index conversations_of_person on communications.conversations (person_kind, person_id)
    where person_id is not null and merged_into is null;
create unique index conversations_of_address on communications.conversations (channel, address)
    where person_id is null and merged_into is null;
create index conversations_assigned on communications.conversations (assigned_to) where assigned_to is not null;
create index conversations_snoozed on communications.conversations (snoozed_until) where snoozed_until is not null;

-- how long somebody waited for a person's answer; one a conversation is open at a time
create table communications.conversation_waits (
    id bigint generated always as identity primary key,
    conversation_id bigint not null references communications.conversations,
    began_at timestamptz not null,
    ended_at timestamptz,
    how text check (how in ('answered', 'closed', 'no_answer_needed')),
    ended_by bigint references crm.staff,
    ended_by_name text not null default '',
    check ((ended_at is null) = (how is null))
);
create unique index conversation_waits_open on communications.conversation_waits (conversation_id) where ended_at is null;
create index conversation_waits_began on communications.conversation_waits (began_at);
insert into communications.conversation_waits (conversation_id, began_at)
select id, coalesce(last_inbound_at, last_message_at) from communications.conversations where needs_answer;

-- words that are written often, with variables of the person they go to
create table communications.canned_answers (
    id bigint generated always as identity primary key,
    name text not null check (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    language text not null default 'en',
    body text not null check (length(body) between 1 and 1600),
    hospital_id bigint references crm.hospitals,
    archived_at timestamptz,
    created_by_name text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1
);
create unique index canned_answers_name on communications.canned_answers (name, language, coalesce(hospital_id, 0))
    where archived_at is null;

-- mail: its subject, and whether a machine wrote it by itself, which nobody needs to answer
alter table communications.inbound_messages
    add column subject text,
    add column automatic boolean not null default false;
