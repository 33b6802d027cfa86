-- Patients: who they are, how they are reached, and what they agreed to.

create extension if not exists fuzzystrmatch;

create sequence crm.record_numbers start 100001;

-- the words of a name as they are searched for: O'Brien is obrien, Garcia-Lopez is two
create function crm.words(name text) returns text[]
    language sql immutable parallel safe strict
    return array_remove(regexp_split_to_array(
        regexp_replace(crm.searchable(name), '[''’ʼ`.]', '', 'g'), '[\s,_/()"-]+'), '');

create table crm.patients (
    id bigint generated always as identity primary key,
    record_number text not null unique,
    first_name text not null check (length(first_name) between 1 and 100),
    last_name text not null check (length(last_name) between 1 and 100),
    date_of_birth date check (date_of_birth > '1880-01-01'),
    sex text not null default 'unknown' check (sex in ('female', 'male', 'other', 'unknown')),
    language text not null default 'en',
    time_zone text,
    preferred_channel text check (preferred_channel in ('sms', 'whatsapp', 'email')),
    hospital_id bigint references crm.hospitals,
    address text not null default '',
    archived_at timestamptz,
    merged_into bigint references crm.patients check (merged_into <> id),
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    name_words text[] not null generated always as (crm.words(first_name || ' ' || last_name)) stored
);
create index patients_words on crm.patients using gin (name_words);
create index patients_by_name on crm.patients
    ((crm.searchable(last_name) collate "C"), (crm.searchable(first_name) collate "C"), id) where archived_at is null;
create index patients_record_number on crm.patients (record_number text_pattern_ops);
create index patients_created on crm.patients (created_at, id);

-- Every word that stands in some patient's name. A misspelt word is looked for here, among some hundred thousand words
-- rather than among millions of patients, who share them.
-- Words stay when their last patient goes: they cost nothing and find nobody.
create table crm.name_words (
    word text collate "C" primary key
);
create index name_words_trigrams on crm.name_words using gin (word gin_trgm_ops);
create function crm.learn_name_words() returns trigger language plpgsql as $$
begin
    insert into crm.name_words (word)
    select distinct word.word collate "C" from added, unnest(added.name_words) as word (word)
    where not exists (select 1 from crm.name_words known where known.word = word.word) order by 1
    on conflict do nothing;
    return null;
end $$;
create trigger patients_added after insert on crm.patients referencing new table as added
    for each statement execute function crm.learn_name_words();
create trigger patients_renamed after update on crm.patients referencing new table as added
    for each statement execute function crm.learn_name_words();

create table crm.patient_identifiers (
    id bigint generated always as identity primary key,
    patient_id bigint not null references crm.patients,
    system text not null,
    value text not null,
    created_at timestamptz not null,
    unique (system, value)
);
create index patient_identifiers_patient on crm.patient_identifiers (patient_id);
create index patient_identifiers_value on crm.patient_identifiers (upper(value) text_pattern_ops);

-- position 0 is the one that the API calls `phone` or `email`
create table crm.contact_points (
    id bigint generated always as identity primary key,
    patient_id bigint not null references crm.patients,
    kind text not null check (kind in ('phone', 'email')),
    value text not null,
    label text not null default '',
    position smallint not null default 0,
    -- a phone may be known not to take one or the other (a landline takes no SMS)
    takes_sms boolean not null default true,
    takes_whatsapp boolean not null default true,
    verified_at timestamptz,
    created_at timestamptz not null,
    unique (patient_id, kind, position)
);
create unique index contact_points_value on crm.contact_points (patient_id, kind, value);
create index contact_points_lookup on crm.contact_points (value text_pattern_ops);
create index contact_points_last_digits on crm.contact_points (reverse(value) text_pattern_ops) where kind = 'phone';

-- every word a patient gave about being written to; the newest for a channel and purpose is in force
create table crm.consents (
    id bigint generated always as identity primary key,
    patient_id bigint not null references crm.patients,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    purpose text not null check (purpose in ('transactional', 'marketing')),
    granted boolean not null,
    how text not null,
    words text not null default '',
    recorded_by text not null,
    at timestamptz not null
);
create index consents_in_force on crm.consents (patient_id, channel, purpose, id desc);
create trigger consents_append_only before update or delete on crm.consents
    for each statement execute function crm.refuse_change();
