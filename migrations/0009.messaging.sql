-- Messages out and in. A row of message_queue is the message: staff see what the sender sees.

create table communications.senders (
    id bigint generated always as identity primary key,
    hospital_id bigint references crm.hospitals,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    provider text not null check (provider in ('twilio', 'whatsapp_cloud', 'smtp')),
    address text not null,
    name text not null default '',
    per_second integer not null default 10 check (per_second > 0),
    active boolean not null default true,
    paused_until timestamptz,
    paused_because text,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (channel, provider, address)
);

create table communications.conversations (
    id bigint generated always as identity primary key,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    address text not null,
    person_kind text check (person_kind in ('patient', 'owner')),
    person_id bigint,
    status text not null default 'open' check (status in ('open', 'closed')),
    needs_answer boolean not null default false,
    last_inbound_at timestamptz,
    last_message_at timestamptz not null,
    assigned_to bigint references crm.staff,
    version integer not null default 1,
    created_at timestamptz not null,
    unique (channel, address)
);
create index conversations_newest on communications.conversations (last_message_at desc, id desc);
create index conversations_person on communications.conversations (person_kind, person_id);
create index conversations_waiting on communications.conversations (last_inbound_at) where needs_answer;

create table communications.message_queue (
    id bigint generated always as identity primary key,
    idempotency_key text not null unique,
    -- 0 answers and codes, 1 confirmations and reminders, 5 bulk
    priority smallint not null default 1 check (priority between 0 and 9),
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    sender_id bigint references communications.senders,
    hospital_id bigint references crm.hospitals,
    person_kind text check (person_kind in ('patient', 'owner')),
    person_id bigint,
    to_address text not null,
    purpose text not null check (purpose in ('transactional', 'marketing')),
    -- either words given as they are (body), or a template with what it is about, rendered just before the wire
    template_key text,
    language text not null default 'en',
    about text,
    about_id bigint,
    variables jsonb not null default '{}',
    template_version_id bigint references communications.template_versions,
    subject text,
    body text,
    -- the body is blanked once sent: it carries a code
    sensitive boolean not null default false,
    status text not null default 'queued' check (status in
        ('queued', 'sending', 'sent', 'delivered', 'read', 'undelivered', 'failed', 'unknown', 'cancelled')),
    not_before timestamptz not null,
    lease_until timestamptz,
    attempts smallint not null default 0,
    provider_id text,
    error_code text,
    error text,
    segments smallint,
    price_minor bigint,
    price_currency text,
    -- sent again by hand: the message that this one repeats
    repeats bigint references communications.message_queue,
    created_by_name text not null default '',
    created_at timestamptz not null,
    sending_at timestamptz,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    ended_at timestamptz,
    check (template_key is not null or body is not null or status not in ('queued')),
    check ((status = 'sending') = (lease_until is not null))
);
-- a sender takes as many of its own as its rate allows, so one that is slow or paused holds up no other
create index message_queue_due on communications.message_queue (sender_id, priority, not_before, id) where status = 'queued';
create index message_queue_leases on communications.message_queue (lease_until) where status = 'sending';
-- while unknown, not_before is when the provider is next asked
create index message_queue_unknown on communications.message_queue (not_before) where status = 'unknown';
create unique index message_queue_provider_id on communications.message_queue (provider_id) where provider_id is not null;
create index message_queue_person on communications.message_queue (person_kind, person_id, id desc);
create index message_queue_address on communications.message_queue (to_address, id desc);
create index message_queue_about on communications.message_queue (about, about_id) where about is not null;
create index message_queue_created on communications.message_queue (created_at, status);

create table communications.message_events (
    id bigint generated always as identity primary key,
    message_id bigint not null references communications.message_queue,
    status text not null,
    at timestamptz not null,
    detail text not null default ''
);
create index message_events_message on communications.message_events (message_id, id);

create table communications.inbound_messages (
    id bigint generated always as identity primary key,
    conversation_id bigint not null references communications.conversations,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    provider text not null,
    provider_id text not null,
    from_address text not null,
    to_address text not null,
    body text not null,
    received_at timestamptz not null,
    -- the message that it answers, where the channel says so
    answers bigint references communications.message_queue,
    opt_out_type text,
    -- what it did by itself (confirmed appointment 12), empty where a person has to read it
    acted text not null default '',
    unique (provider, provider_id)
);
create index inbound_messages_conversation on communications.inbound_messages (conversation_id, id desc);

-- sender_id null: from every sender of the channel
create table communications.suppressions (
    id bigint generated always as identity primary key,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    address text not null,
    sender_id bigint references communications.senders,
    reason text not null check (reason in ('opt_out', 'bounce', 'complaint', 'provider', 'staff')),
    source text not null default '',
    at timestamptz not null,
    lifted_at timestamptz,
    lifted_because text
);
create unique index suppressions_in_force on communications.suppressions (channel, address, coalesce(sender_id, 0))
    where lifted_at is null;

create table communications.webhook_receipts (
    id bigint generated always as identity primary key,
    provider text not null,
    kind text not null,
    received_at timestamptz not null,
    body bytea not null,
    fingerprint bytea not null unique,
    applied_at timestamptz,
    error text
);
create index webhook_receipts_waiting on communications.webhook_receipts (id) where applied_at is null;
