-- Immunization schedules: the vaccines that the group gives, and the doses of each patient, given or still to come.

create table crm.vaccines (
    -- what rules and other systems name it by: it never changes
    code text primary key check (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    name text not null check (length(name) between 1 and 80),
    -- days from each dose of the first series to the next: one dose has none
    intervals integer[] not null default '{}' check (cardinality(intervals) <= 11 and 0 < all (intervals)),
    -- given again so many months after the last dose, time after time; null: the series is all
    repeat_months integer check (repeat_months between 1 and 600)
);
create unique index vaccines_name on crm.vaccines (lower(name));

insert into crm.vaccines (code, name, intervals, repeat_months) values
    ('influenza', 'Influenza', '{}', 12),
    ('covid_19', 'COVID-19', '{}', 12),
    ('tdap', 'Tdap (tetanus, diphtheria, pertussis)', '{}', 120),
    ('mmr', 'MMR (measles, mumps, rubella)', '{28}', null),
    ('hepatitis_b', 'Hepatitis B', '{28,154}', null),
    ('hpv', 'HPV', '{60,120}', null),
    ('pneumococcal', 'Pneumococcal', '{}', null),
    ('shingles', 'Shingles', '{60}', null);

create table crm.vaccinations (
    id bigint generated always as identity primary key,
    patient_id bigint not null references crm.patients,
    vaccine text not null references crm.vaccines,
    dose smallint not null check (dose between 1 and 200),
    due_on date not null,
    -- null: still to come
    given_on date,
    hospital_id bigint references crm.hospitals,
    lot_number text not null default '' check (length(lot_number) <= 60),
    note text not null default '' check (length(note) <= 1000),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1,
    constraint vaccinations_dose_once unique (patient_id, vaccine, dose)
);
-- which dose a patient lacks, the soonest first: the rules of campaigns and what a message says of it
create index vaccinations_lacking on crm.vaccinations (patient_id, due_on, id) include (vaccine) where given_on is null;
-- what is overdue at all
create index vaccinations_overdue on crm.vaccinations (due_on, id) where given_on is null;
