-- Campaigns, and the ledger of each: one row a person and channel, frozen when it starts, with why anybody was left out.

-- squawk-ignore-file require-concurrent-index-creation

create table communications.campaigns (
    id bigint generated always as identity primary key,
    name text not null check (length(name) between 1 and 120),
    -- null: of the whole group
    hospital_id bigint references crm.hospitals,
    status text not null default 'draft' check (status in
        ('draft', 'awaiting_approval', 'scheduled', 'overdue', 'sending', 'active', 'paused', 'completed', 'cancelled',
         'failed')),
    whose text not null check (whose in ('patients', 'owners')),
    -- either a kept audience, whose version was pinned when it started, or a rule of its own
    audience_id bigint references communications.audiences,
    audience_version integer,
    rule jsonb not null default '{}',
    channels text[] not null check (cardinality(channels) between 1 and 3 and channels <@ array['sms', 'whatsapp', 'email']),
    -- each person by the one channel that they prefer of these, or by every one of these
    channel_choice text not null default 'preferred' check (channel_choice in ('preferred', 'every')),
    subject text not null default '',
    message text not null check (length(message) between 1 and 5000),
    scheduled_at timestamptz,
    -- held back, to compare with: of a hundred
    control_percent smallint not null default 0 check (control_percent between 0 and 50),
    -- how long after the message a booking counts as its doing
    attribution_days smallint not null default 14 check (attribution_days between 1 and 90),
    started_at timestamptz,
    -- freezing goes on from here: everybody up to this id is in the ledger
    frozen_through bigint not null default 0,
    frozen_at timestamptz,
    ended_at timestamptz,
    because text not null default '',
    created_by_name text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1,
    check (rule = '{}' or audience_id is null),
    check (status not in ('sending', 'completed') or started_at is not null),
    check ((status in ('completed', 'cancelled', 'failed')) = (ended_at is not null)),
    check (status <> 'scheduled' or scheduled_at is not null)
);
create index campaigns_at_work on communications.campaigns (id) where status = 'sending';
create index campaigns_scheduled on communications.campaigns (scheduled_at) where status = 'scheduled';
create index campaigns_created on communications.campaigns (created_at, id);

create table communications.campaign_recipients (
    campaign_id bigint not null references communications.campaigns,
    person_id bigint not null,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    -- waiting: to be handed to the queue; queued: handed on, and `message_id` says what became of it
    outcome text not null check (outcome in
        ('waiting', 'queued', 'control', 'no_address', 'no_consent', 'refused', 'stopped', 'another_channel', 'too_often',
         'cancelled')),
    address text,
    -- looked at when a transaction ends: what is taken back from the queue waits again in the same one
    message_id bigint references communications.message_queue deferrable initially deferred,
    primary key (campaign_id, person_id, channel),
    check ((outcome = 'queued') = (message_id is not null)),
    check (outcome <> 'waiting' or address is not null)
);
create index campaign_recipients_waiting on communications.campaign_recipients (campaign_id, person_id)
    where outcome = 'waiting';
create index campaign_recipients_message on communications.campaign_recipients (message_id) where message_id is not null;

-- what of a campaign still waits in the queue: so many at most, so that pausing leaves little to take back
create index message_queue_of_campaign on communications.message_queue (about_id, id)
    where about = 'campaign' and status = 'queued';
