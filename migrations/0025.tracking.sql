-- Emergency notifications; and which links of our messages were followed, which mails were opened.
-- Nothing else writes while a version is migrated, and the new tables are empty.
-- squawk-ignore-file adding-foreign-key-constraint, require-concurrent-index-creation

create table crm.emergency_notifications (
    id bigint generated always as identity primary key,
    hospital_id bigint not null references crm.hospitals,
    -- whose visits it is about: a day at the hospital, perhaps one department, one practitioner, some hours
    day date not null,
    department_id bigint references crm.departments,
    practitioner_id bigint references crm.practitioners,
    from_time time,
    until_time time,
    -- by language; English is always there
    words jsonb not null check (words ? 'en'),
    status text not null check (status in ('sending', 'sent', 'cancelled')),
    created_by_name text not null,
    created_at timestamptz not null,
    handed_over_at timestamptz,
    cancelled_by_name text,
    cancelled_at timestamptz,
    check ((status = 'cancelled') = (cancelled_at is not null)),
    check (from_time is null or until_time is null or from_time < until_time)
);
create index emergency_notifications_hospital on crm.emergency_notifications (hospital_id, id desc);
create index emergency_notifications_sending on crm.emergency_notifications (id) where status = 'sending';

-- one row a person and channel: who is told, how, and why not where not
create table crm.emergency_recipients (
    id bigint generated always as identity primary key,
    emergency_notification_id bigint not null references crm.emergency_notifications,
    patient_id bigint not null references crm.patients,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    status text not null check (status in ('waiting', 'queued', 'together', 'refused', 'cancelled')),
    because text not null default '',
    -- a family on one phone is told once: who else's message this person gets
    with_patient_id bigint references crm.patients,
    message_id bigint references communications.message_queue,
    constraint emergency_recipients_once unique (emergency_notification_id, patient_id, channel),
    check (status <> 'together' or with_patient_id is not null),
    check (status <> 'queued' or message_id is not null)
);
create index emergency_recipients_waiting on crm.emergency_recipients (id) where status = 'waiting';

-- A link of a message is signed and kept nowhere; it gets a row when it is first followed.
create table communications.tracked_links (
    id bigint generated always as identity primary key,
    message_id bigint not null references communications.message_queue,
    position smallint not null,
    target text not null check (length(target) between 1 and 2000),
    unique (message_id, position)
);

-- Neither address nor browser is kept: only when, and what says that it was a machine.
create table communications.message_clicks (
    id bigint generated always as identity primary key,
    link_id bigint not null references communications.tracked_links,
    at timestamptz not null,
    -- empty for a person's; else why it was a machine's: head, prefetcher, too_soon, burst
    machine text not null default '' check (machine in ('', 'head', 'prefetcher', 'too_soon', 'burst'))
);
create index message_clicks_link on communications.message_clicks (link_id, id);

create table communications.message_opens (
    id bigint generated always as identity primary key,
    message_id bigint not null references communications.message_queue,
    at timestamptz not null,
    machine text not null default '' check (machine in ('', 'head', 'prefetcher', 'too_soon', 'burst'))
);
create index message_opens_message on communications.message_opens (message_id, id);

alter table communications.templates
    -- whether clicks and opens are counted; null: for news yes, for everything else no
    add column tracks boolean;
