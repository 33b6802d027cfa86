-- Campaigns of several steps, and standing ones into which people come by themselves.

-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion, ban-drop-constraint, constraint-missing-not-valid, adding-foreign-key-constraint, adding-serial-primary-key-field, disallowed-unique-constraint

alter table communications.campaigns
    -- what happens one after the other; empty: it says one thing, once
    add column steps jsonb not null default '[]' check (jsonb_typeof(steps) = 'array'),
    -- by what people come in; null: those whom it names when it starts
    add column entry jsonb,
    -- who fulfils this leaves
    add column goal jsonb,
    -- looking for who comes in goes on from this person; when it is done, it begins again at `sweep_at`
    add column swept_through bigint not null default 0,
    add column sweep_at timestamptz,
    add constraint campaigns_entry_has_steps check (entry is null or steps <> '[]'),
    drop constraint campaigns_says_one,
    -- what one with steps says stands in them
    add constraint campaigns_says_one check (
        case when steps = '[]' then (message = '') = (template_key is not null)
             else message = '' or template_key is null end);

drop index communications.campaigns_at_work;
create index campaigns_at_work on communications.campaigns (id) where status in ('sending', 'active');
-- by what people come into those that stand: looked at whenever a visit ends or somebody is registered
create index campaigns_standing on communications.campaigns ((entry ->> 'on')) where status = 'active';

-- a person on their way through the steps, each time that they came in
create table communications.campaign_entries (
    id bigint generated always as identity primary key,
    campaign_id bigint not null references communications.campaigns,
    person_id bigint not null,
    -- what let them in, so that it does so once
    occasion text not null default '',
    -- entering: something happened that lets them in, if the campaign is for them
    state text not null check (state in
        ('entering', 'going', 'reached_goal', 'finished', 'left', 'control', 'cancelled')),
    entered_at timestamptz not null,
    -- where they stand, since when, and when it is to be looked at
    step text not null default '',
    since timestamptz not null,
    due_at timestamptz not null,
    -- the last step that wrote to them
    wrote text,
    -- how often they came to each step
    passed jsonb not null default '{}',
    ended_at timestamptz,
    constraint campaign_entries_once unique (campaign_id, person_id, occasion),
    check ((state in ('entering', 'going')) = (ended_at is null))
);
create index campaign_entries_due on communications.campaign_entries (campaign_id, due_at)
    where state in ('entering', 'going');

alter table communications.campaign_recipients
    -- whose entry, which step of it, and how often they had come to that before; a simple campaign has none
    add column entry_id bigint not null default 0,
    add column step text not null default '',
    add column turn smallint not null default 0,
    drop constraint campaign_recipients_pkey,
    add constraint campaign_recipients_pkey primary key (campaign_id, person_id, channel, entry_id, step, turn);
create index campaign_recipients_entry on communications.campaign_recipients (entry_id, step) where entry_id > 0;
