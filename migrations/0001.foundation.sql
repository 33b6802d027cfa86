-- Schemas, extensions, the event log, and what keeps append-only tables append-only.

create extension if not exists btree_gist;
create extension if not exists pg_trgm;
create extension if not exists unaccent;

create schema crm;
create schema loyalty;
create schema communications;

-- unaccent() is only stable, since its dictionary may change; an index needs an immutable function
create function crm.searchable(words text) returns text
    language sql immutable parallel safe strict
    return lower(public.unaccent('public.unaccent'::regdictionary, words));

create type crm.timerange as range (subtype = time);

create function crm.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- transaction_id lets a tail read on from the oldest transaction still open, since ids are handed out before commit
create table crm.event_log (
    id bigint generated always as identity primary key,
    transaction_id xid8 not null default pg_current_xact_id(),
    kind text not null,
    occurred_at timestamptz not null,
    hospital_id bigint,
    patient_id bigint,
    subject text not null,
    subject_id bigint not null,
    actor_kind text not null,
    actor_id bigint,
    actor_name text not null,
    seen_with text not null,
    data jsonb not null
);
create index event_log_transaction on crm.event_log (transaction_id);
create index event_log_patient on crm.event_log (patient_id, id desc) where patient_id is not null;
create index event_log_subject on crm.event_log (subject, subject_id, id desc);
create trigger event_log_append_only before update or delete on crm.event_log
    for each statement execute function crm.refuse_change();

create table crm.idempotency_keys (
    place text not null,
    key text not null,
    fingerprint bytea not null,
    status smallint,
    body bytea,
    headers jsonb,
    created_at timestamptz not null,
    primary key (place, key)
);
create index idempotency_keys_age on crm.idempotency_keys (created_at);

create table crm.files (
    id bigint generated always as identity primary key,
    name text not null,
    media_type text not null,
    size bigint not null check (size >= 0),
    sha256 bytea not null check (length(sha256) = 32),
    -- the same bytes are kept once, under their hash: two files may share them
    location text not null,
    created_at timestamptz not null
);
create index files_location on crm.files (location);
