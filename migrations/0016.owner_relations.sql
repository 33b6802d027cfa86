-- What is said to owners and by them: communications, which notices go to whom, and how satisfied they are.

-- one communication: a message to several people, a call, a meeting
create table crm.owner_communications (
    id bigint generated always as identity primary key,
    owner_id bigint not null references crm.hospital_owners,
    hospital_id bigint references crm.hospitals,
    kind text not null check (kind in ('email', 'sms', 'whatsapp', 'call', 'meeting', 'letter')),
    direction text not null check (direction in ('outbound', 'inbound')),
    subject text not null default '',
    body text not null default '',
    template_key text,
    variables jsonb not null default '{}',
    -- an automatic notice of this kind, about a payout, contract or survey
    notice text,
    about text,
    about_id bigint,
    -- what is said by itself is said once; what an owner wrote is kept once
    key text unique,
    inbound_message_id bigint unique references communications.inbound_messages,
    happened_at timestamptz not null,
    duration_minutes smallint check (duration_minutes between 0 and 1440),
    -- what staff are to do after it
    task_id bigint references crm.tasks,
    created_by_name text not null,
    created_at timestamptz not null,
    archived_at timestamptz,
    version integer not null default 1
);
create index owner_communications_owner on crm.owner_communications (owner_id, happened_at desc, id desc);
create index owner_communications_about on crm.owner_communications (about, about_id) where about is not null;

create table crm.owner_communication_recipients (
    id bigint generated always as identity primary key,
    communication_id bigint not null references crm.owner_communications,
    -- null: the owner's own phone and email
    contact_id bigint references crm.owner_contacts,
    name text not null,
    address text not null default '',
    channel text check (channel in ('sms', 'whatsapp', 'email')),
    -- the message in the queue, whose receipts say how far it came; or why there is none
    message_id bigint references communications.message_queue,
    refused_because text not null default ''
);
create index owner_communication_recipients_of on crm.owner_communication_recipients (communication_id);
create unique index owner_communication_recipients_message on crm.owner_communication_recipients (message_id)
    where message_id is not null;

-- automatic notices: each with its template and its switch
create table crm.owner_notices (
    kind text primary key check (kind in
        ('payout_paid', 'statement_ready', 'contract_expiring', 'contract_to_sign', 'survey_due')),
    enabled boolean not null default true,
    template_key text not null,
    channels text[] not null check (channels <@ array['sms', 'whatsapp', 'email'] and cardinality(channels) > 0),
    -- by each of the channels that reaches them, or by the first that does
    send_by text not null check (send_by in ('each', 'first')),
    version integer not null default 1,
    updated_by_name text not null default '',
    updated_at timestamptz
);
insert into crm.owner_notices (kind, template_key, channels, send_by) values
    ('payout_paid', 'owner_payout_paid', '{sms,email}', 'each'),
    ('statement_ready', 'owner_statement_ready', '{email,sms}', 'first'),
    ('contract_expiring', 'owner_contract_expiring', '{email,sms}', 'first'),
    ('contract_to_sign', 'owner_contract_to_sign', '{email,sms}', 'first'),
    ('survey_due', 'owner_survey_due', '{email,sms}', 'first');

-- which of an owner's people get which notice, by which channels; without a row the owner's own phone and email do
create table crm.owner_notice_preferences (
    id bigint generated always as identity primary key,
    owner_id bigint not null references crm.hospital_owners,
    contact_id bigint references crm.owner_contacts,
    kind text not null references crm.owner_notices,
    -- empty: this notice does not go to them
    channels text[] not null check (channels <@ array['sms', 'whatsapp', 'email']),
    updated_by_name text not null,
    updated_at timestamptz not null
);
create unique index owner_notice_preferences_once
    on crm.owner_notice_preferences (owner_id, coalesce(contact_id, 0), kind);

-- links by which an owner sees their own pages, without a password
create table crm.owner_links (
    id bigint generated always as identity primary key,
    token_hash bytea not null unique,
    owner_id bigint not null references crm.hospital_owners,
    contact_id bigint references crm.owner_contacts,
    expires_at timestamptz not null,
    created_by_name text not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index owner_links_owner on crm.owner_links (owner_id, id desc);

-- surveys: asked at intervals, once for each owner and date due
create table crm.owner_survey_policy (
    only_one boolean primary key default true check (only_one),
    enabled boolean not null default true,
    every_months smallint not null default 3 check (every_months between 1 and 24),
    open_days smallint not null default 30 check (open_days between 1 and 365),
    -- a fall of the overall rating by this much warns the account manager
    warn_at_fall numeric(2, 1) not null default 1.0 check (warn_at_fall between 0.5 and 5),
    version integer not null default 1,
    updated_at timestamptz
);
insert into crm.owner_survey_policy default values;
create table crm.owner_surveys (
    id bigint generated always as identity primary key,
    owner_id bigint not null references crm.hospital_owners,
    due_on date not null,
    expires_at timestamptz not null,
    answered_at timestamptz,
    created_by_name text not null,
    created_at timestamptz not null,
    unique (owner_id, due_on)
);
-- each message about a survey carries a link of its own; whichever is used first answers it
create table crm.owner_survey_links (
    token_hash bytea primary key,
    survey_id bigint not null references crm.owner_surveys,
    created_at timestamptz not null
);
create index owner_survey_links_survey on crm.owner_survey_links (survey_id);

-- 0 to 5 with half steps; 0 is a rating, null is none (RULES, Scores 1)
create table crm.owner_satisfaction (
    id bigint generated always as identity primary key,
    owner_id bigint not null references crm.hospital_owners,
    hospital_id bigint references crm.hospitals,
    survey_id bigint unique references crm.owner_surveys,
    surveyed_on date not null,
    -- null: only categories were rated, and their mean stands for it
    overall numeric(2, 1) check (overall between 0 and 5 and overall * 2 = trunc(overall * 2)),
    payments numeric(2, 1) check (payments between 0 and 5 and payments * 2 = trunc(payments * 2)),
    communication numeric(2, 1) check (communication between 0 and 5 and communication * 2 = trunc(communication * 2)),
    transparency numeric(2, 1) check (transparency between 0 and 5 and transparency * 2 = trunc(transparency * 2)),
    support numeric(2, 1) check (support between 0 and 5 and support * 2 = trunc(support * 2)),
    growth numeric(2, 1) check (growth between 0 and 5 and growth * 2 = trunc(growth * 2)),
    words text not null default '',
    source text not null check (source in ('link', 'portal', 'staff', 'api')),
    created_by_name text not null,
    created_at timestamptz not null,
    check (num_nonnulls(overall, payments, communication, transparency, support, growth) > 0)
);
create index owner_satisfaction_owner on crm.owner_satisfaction (owner_id, surveyed_on desc, id desc);
create index owner_satisfaction_day on crm.owner_satisfaction (surveyed_on);
