-- What stops news alone, who stopped and who lifted it; how often people hear from a hospital, and on which days not.
-- Nothing else writes while a version is migrated, and stops are few beside messages.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion, constraint-missing-not-valid, ban-drop-column

alter table communications.suppressions
    -- null: everything; marketing: news alone
    add column purpose text constraint suppressions_purpose check (purpose = 'marketing'),
    add column created_by_name text not null default '',
    add column lifted_by_name text;
drop index communications.suppressions_in_force;
create unique index suppressions_in_force
    on communications.suppressions (channel, address, coalesce(sender_id, 0), coalesce(purpose, ''))
    where lifted_at is null;
-- what is in force for the few addresses of one person, whatever the channel
create index suppressions_address on communications.suppressions (address) where lifted_at is null;

-- a hospital that has no row here keeps to what messaging/frequency.py says
create table communications.contact_policies (
    hospital_id bigint primary key references crm.hospitals,
    news_per_day integer not null check (news_per_day between 1 and 1000),
    news_per_week integer not null check (news_per_week >= news_per_day and news_per_week <= 5000),
    -- public holidays of the hospital's country: as any day, without news, or quiet but for what is urgent
    holidays text not null check (holidays in ('as_any_day', 'no_news', 'quiet')),
    version integer not null default 1,
    updated_at timestamptz not null
);
