-- Files with messages, both ways; and which mail of theirs an answer of ours continues.
-- Nothing else writes while a version is migrated, and the new columns are empty.
-- squawk-ignore-file adding-foreign-key-constraint, require-concurrent-index-creation

create table communications.attachments (
    id bigint generated always as identity primary key,
    -- what somebody sent with a message of theirs
    inbound_message_id bigint references communications.inbound_messages,
    -- what staff added in a conversation, and the message of ours that took it along
    conversation_id bigint references communications.conversations,
    message_id bigint references communications.message_queue,
    position smallint not null,
    name text not null check (length(name) between 1 and 200),
    -- read off the bytes; before they are here, what the sender says
    media_type text not null,
    size bigint,
    -- of a picture, so that a page keeps its place
    width integer,
    height integer,
    file_id bigint references crm.files,
    status text not null check (status in ('waiting', 'kept', 'refused', 'lost')),
    error text not null default '',
    -- where its bytes are fetched: a provider's own name for them
    provider text,
    reference text,
    fetch_at timestamptz,
    attempts smallint not null default 0,
    created_by_name text not null default '',
    created_at timestamptz not null,
    check ((inbound_message_id is null) = (conversation_id is not null)),
    check (message_id is null or inbound_message_id is null),
    check ((status = 'kept') = (file_id is not null)),
    check ((status = 'waiting') = (fetch_at is not null)),
    check (status <> 'waiting' or (provider is not null and reference is not null))
);
create index attachments_inbound on communications.attachments (inbound_message_id, position)
    where inbound_message_id is not null;
create index attachments_message on communications.attachments (message_id, position) where message_id is not null;
create index attachments_unsent on communications.attachments (created_at)
    where message_id is null and inbound_message_id is null;
create index attachments_to_fetch on communications.attachments (fetch_at) where status = 'waiting';

-- a mail's References, so that an answer continues its thread (RFC 5322, 3.6.4)
alter table communications.inbound_messages add column mail_references text;
-- the mail of theirs that a message of ours answers
alter table communications.message_queue
    add column answers_inbound bigint references communications.inbound_messages;
