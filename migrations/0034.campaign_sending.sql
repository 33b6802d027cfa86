-- How a campaign goes out: so many a minute, at an hour of each person's own clock, and after somebody approved of it.

-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion, constraint-missing-not-valid

alter table communications.campaigns
    add column per_minute integer check (per_minute between 1 and 1000000),
    -- how many may be handed on now, as of then: a bucket that fills at that rate
    add column tokens double precision not null default 1,
    add column tokens_at timestamptz,
    -- each gets it when their own clock says so
    add column local_time text check (local_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    -- when the worker last looked at its hours: what came due while nobody looked is not sent late by itself
    add column hours_looked_at timestamptz,
    -- who made it, who last changed it, and as what
    add column made_by text not null default '',
    add column changed_by text not null default '',
    add column changed_by_role text not null default '',
    -- who asked for approval, and who gave it: for this version of its audience, until it is changed
    add column submitted_by text not null default '',
    add column submitted_at timestamptz,
    add column approved_by_name text,
    add column approved_at timestamptz,
    add column approved_audience_version integer,
    add constraint campaigns_approved_by_somebody check ((approved_by_name is null) = (approved_at is null));

create index campaigns_awaiting on communications.campaigns (scheduled_at) where status = 'awaiting_approval';

-- a line waits until then; -infinity: until its turn comes
alter table communications.campaign_recipients
    add column due_at timestamptz not null default '-infinity';
drop index communications.campaign_recipients_waiting;
create index campaign_recipients_waiting on communications.campaign_recipients (campaign_id, due_at, person_id)
    where outcome = 'waiting';

-- to how many people somebody's campaign may go without another's approval, by role; none: to as many as there are
create table communications.approval_limits (
    role text primary key,
    people integer not null check (people >= 0),
    set_by_name text not null,
    set_at timestamptz not null
);
