-- Whom campaigns are for: audiences said by a rule, in versions, and lists of people kept by hand or from a file.

create table communications.audiences (
    id bigint generated always as identity primary key,
    name text not null check (length(name) between 1 and 120),
    description text not null default '' check (length(description) <= 1000),
    whose text not null check (whose in ('patients', 'owners')),
    -- a rule is asked anew each time; a list holds who was put on it
    kind text not null check (kind in ('rule', 'list')),
    rule jsonb not null default '{}',
    -- null: of the whole group
    hospital_id bigint references crm.hospitals,
    archived_at timestamptz,
    created_by_name text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1,
    check (kind = 'rule' or rule = '{}')
);
create unique index audiences_name on communications.audiences (lower(name)) where archived_at is null;

-- every rule that an audience has had: a report says whom a campaign was for when it was sent
create table communications.audience_versions (
    audience_id bigint not null references communications.audiences,
    version integer not null,
    rule jsonb not null,
    changed_by_name text not null,
    changed_at timestamptz not null,
    primary key (audience_id, version)
);
create trigger audience_versions_append_only before update or delete on communications.audience_versions
    for each statement execute function crm.refuse_change();

create table communications.audience_members (
    audience_id bigint not null references communications.audiences,
    person_id bigint not null,
    how text not null check (how in ('hand', 'file', 'word', 'link')),
    added_by_name text not null,
    added_at timestamptz not null,
    primary key (audience_id, person_id)
);
