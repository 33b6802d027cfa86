-- Contracts with owners: terms are versions, append-only, each holding from its date until the next one's.

create sequence crm.contract_numbers start 1001;

create table crm.owner_contracts (
    id bigint generated always as identity primary key,
    number text not null unique,
    hospital_id bigint not null references crm.hospitals,
    -- the first party; further parties stand in the terms
    owner_id bigint not null references crm.hospital_owners,
    title text not null check (length(title) between 1 and 200),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    starts_on date not null,
    ends_on date,
    -- what happens at the end: nothing, a task for staff, or another term of so many months by itself
    renewal text not null default 'none' check (renewal in ('none', 'ask', 'automatic')),
    renewal_months smallint check (renewal_months between 1 and 240),
    notice_days smallint not null default 90 check (notice_days between 0 and 730),
    -- the first version's signature; status is derived from this and the dates, and stored nowhere
    signed_at timestamptz,
    terminated_on date,
    termination_reason text not null default '',
    archived_at timestamptz,
    version integer not null default 1,
    created_by_name text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check (ends_on is null or ends_on >= starts_on),
    check (terminated_on is null or terminated_on >= starts_on),
    check ((renewal = 'automatic') <= (renewal_months is not null and ends_on is not null))
);
create index owner_contracts_owner on crm.owner_contracts (owner_id, id);
create index owner_contracts_hospital on crm.owner_contracts (hospital_id, id);
create index owner_contracts_ends on crm.owner_contracts (ends_on) where ends_on is not null and terminated_on is null;

create table crm.contract_versions (
    id bigint generated always as identity primary key,
    contract_id bigint not null references crm.owner_contracts,
    number integer not null check (number > 0),
    effective_from date not null,
    -- how revenue is shared (bedside/contracts/terms.py), as JSON
    terms jsonb not null,
    -- terms and conditions as they are signed, and their SHA-256
    words text not null,
    words_sha256 bytea not null check (length(words_sha256) = 32),
    reason text not null default '',
    -- who must sign it: the owners whom its terms name
    owner_ids bigint[] not null check (cardinality(owner_ids) > 0),
    created_by_id bigint,
    created_by_name text not null,
    created_at timestamptz not null,
    unique (contract_id, number),
    unique (contract_id, effective_from)
);
create trigger contract_versions_append_only before update or delete on crm.contract_versions
    for each statement execute function crm.refuse_change();

-- a later version begins later: two never hold on one day
create function crm.refuse_overlapping_version() returns trigger language plpgsql as $$
begin
    if exists (select from crm.contract_versions v where v.contract_id = new.contract_id
               and (v.number < new.number) <> (v.effective_from < new.effective_from)) then
        raise exception 'version % of contract % would overlap another', new.number, new.contract_id
            using errcode = 'exclusion_violation', constraint = 'contract_versions_overlap';
    end if;
    return new;
end $$;
create trigger contract_versions_overlap before insert on crm.contract_versions
    for each row execute function crm.refuse_overlapping_version();

-- all owners who are party to a contract, as its versions name them
create table crm.contract_parties (
    contract_id bigint not null references crm.owner_contracts,
    owner_id bigint not null references crm.hospital_owners,
    primary key (contract_id, owner_id)
);
create index contract_parties_owner on crm.contract_parties (owner_id, contract_id);

-- the signing log: who put their name to which words, when and from where. Never changed.
create table crm.contract_signatures (
    id bigint generated always as identity primary key,
    contract_id bigint not null references crm.owner_contracts,
    version_id bigint not null references crm.contract_versions,
    -- whose signature: an owner's, or the hospital's where null
    owner_id bigint references crm.hospital_owners,
    signer_name text not null check (length(signer_name) between 1 and 200),
    signer_position text not null default '',
    how text not null check (how in ('link', 'portal', 'paper')),
    words_sha256 bytea not null check (length(words_sha256) = 32),
    -- the scan, where it was signed on paper
    file_id bigint references crm.files,
    address inet,
    user_agent text not null default '',
    recorded_by_name text not null default '',
    signed_at timestamptz not null
);
create unique index contract_signatures_once on crm.contract_signatures (version_id, coalesce(owner_id, 0));
create index contract_signatures_contract on crm.contract_signatures (contract_id, id);
create trigger contract_signatures_append_only before update or delete on crm.contract_signatures
    for each statement execute function crm.refuse_change();

create table crm.contract_signing_links (
    id bigint generated always as identity primary key,
    token_hash bytea not null unique,
    version_id bigint not null references crm.contract_versions,
    owner_id bigint not null references crm.hospital_owners,
    sent_to text not null default '',
    expires_at timestamptz not null,
    created_by_name text not null,
    created_at timestamptz not null,
    opened_at timestamptz,
    revoked_at timestamptz
);
create index contract_signing_links_version on crm.contract_signing_links (version_id);

create table crm.contract_documents (
    id bigint generated always as identity primary key,
    contract_id bigint not null references crm.owner_contracts,
    version_id bigint references crm.contract_versions,
    file_id bigint not null references crm.files,
    sha256 bytea not null check (length(sha256) = 32),
    title text not null check (length(title) between 1 and 200),
    kind text not null check (kind in ('signed_copy', 'annex', 'notice', 'other')),
    created_by_name text not null,
    created_at timestamptz not null,
    archived_at timestamptz
);
create index contract_documents_contract on crm.contract_documents (contract_id, id);
create index contract_documents_file on crm.contract_documents (file_id);

-- each warning of an end goes out once
create table crm.contract_warnings (
    contract_id bigint not null references crm.owner_contracts,
    ends_on date not null,
    days_ahead smallint not null,
    created_at timestamptz not null,
    primary key (contract_id, ends_on, days_ahead)
);
