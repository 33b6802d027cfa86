-- The people and firms that own a hospital or share in its revenue, and how they are reached and paid.

create table crm.hospital_owners (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('person', 'company')),
    name text not null check (length(name) between 1 and 200),
    -- as registered, where it differs from what people say
    legal_name text not null default '',
    registration_number text not null default '',
    phone text,
    email text,
    language text not null default 'en',
    time_zone text,
    preferred_channel text check (preferred_channel in ('sms', 'whatsapp', 'email')),
    address text not null default '',
    country text check (country ~ '^[A-Z]{2}$'),
    -- sealed (bedside/kit/sealing.py); the hint is what may be shown: the last few signs
    tax_number_sealed bytea,
    tax_number_hint text not null default '',
    account_manager_id bigint references crm.staff,
    photo_file_id bigint references crm.files,
    archived_at timestamptz,
    import_id bigint,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check ((tax_number_sealed is null) = (tax_number_hint = ''))
);
create index hospital_owners_name on crm.hospital_owners ((crm.searchable(name) collate "C"), id);
create index hospital_owners_trigrams on crm.hospital_owners using gin (crm.searchable(name || ' ' || legal_name) gin_trgm_ops);
create index hospital_owners_phone on crm.hospital_owners (phone) where phone is not null;
create index hospital_owners_email on crm.hospital_owners (lower(email)) where email is not null;
create index hospital_owners_manager on crm.hospital_owners (account_manager_id) where account_manager_id is not null;

-- which hospitals an owner has a part in: several each, several owners a hospital
create table crm.owner_hospitals (
    id bigint generated always as identity primary key,
    owner_id bigint not null references crm.hospital_owners,
    hospital_id bigint not null references crm.hospitals,
    -- the part of the hospital that is theirs, in percent, where there is one; what they are paid is in the contracts
    stake_percent numeric(7, 4) check (stake_percent > 0 and stake_percent <= 100),
    since date,
    until date,
    created_at timestamptz not null,
    unique (owner_id, hospital_id),
    check (until is null or since is null or until >= since)
);
create index owner_hospitals_hospital on crm.owner_hospitals (hospital_id, owner_id);

-- people at an owner's who are written to, besides the owner's own phone and email
create table crm.owner_contacts (
    id bigint generated always as identity primary key,
    owner_id bigint not null references crm.hospital_owners,
    name text not null check (length(name) between 1 and 200),
    position text not null default '',
    phone text,
    email text,
    language text,
    preferred_channel text check (preferred_channel in ('sms', 'whatsapp', 'email')),
    archived_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check (phone is not null or email is not null)
);
create index owner_contacts_owner on crm.owner_contacts (owner_id, id);
create index owner_contacts_phone on crm.owner_contacts (phone) where phone is not null;
create index owner_contacts_email on crm.owner_contacts (lower(email)) where email is not null;

-- How an owner is paid. A row is never changed: new details are a new row, and the old one is retired. So a payout that
-- was approved for one row is seen to be out of date (RULES, Money 6).
create table crm.owner_payment_details (
    id bigint generated always as identity primary key,
    owner_id bigint not null references crm.hospital_owners,
    -- null: for every hospital that has none of its own
    hospital_id bigint references crm.hospitals,
    method text not null check (method in ('bank_transfer', 'check', 'mobile_wallet', 'cash')),
    -- sealed JSON of what the method needs; `masked` is what may be shown
    details_sealed bytea not null,
    masked text not null,
    created_by_id bigint,
    created_by_name text not null,
    created_at timestamptz not null,
    retired_at timestamptz,
    retired_by_name text
);
create unique index owner_payment_details_in_force on crm.owner_payment_details (owner_id, coalesce(hospital_id, 0))
    where retired_at is null;

create table crm.owner_documents (
    id bigint generated always as identity primary key,
    owner_id bigint not null references crm.hospital_owners,
    file_id bigint not null references crm.files,
    title text not null check (length(title) between 1 and 200),
    kind text not null default 'other' check (kind in ('identity', 'tax', 'registration', 'correspondence', 'other')),
    created_by_name text not null,
    created_at timestamptz not null,
    archived_at timestamptz
);
create index owner_documents_owner on crm.owner_documents (owner_id, id desc);
create index owner_documents_file on crm.owner_documents (file_id);

create table crm.owner_imports (
    id bigint generated always as identity primary key,
    file_name text not null,
    added integer not null default 0,
    changed integer not null default 0,
    -- for each owner: how it was before, null where the import made it, so that all of it can be undone
    made jsonb not null,
    created_by_name text not null,
    created_at timestamptz not null,
    undone_at timestamptz,
    undone_by_name text
);
-- the table is new and empty
-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint
alter table crm.hospital_owners add constraint hospital_owners_import foreign key (import_id) references crm.owner_imports;

-- somebody with the role owner signs in for one owner
alter table crm.staff add column owner_id bigint;
-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint
alter table crm.staff add constraint staff_owner foreign key (owner_id) references crm.hospital_owners;
-- squawk-ignore constraint-missing-not-valid
alter table crm.staff add constraint staff_owner_role check (owner_id is null or role = 'owner');
-- squawk-ignore require-concurrent-index-creation
create index staff_owner_id on crm.staff (owner_id) where owner_id is not null;

-- an owner's timeline
alter table crm.event_log add column owner_id bigint;
-- squawk-ignore require-concurrent-index-creation
create index event_log_owner on crm.event_log (owner_id, id desc) where owner_id is not null;
