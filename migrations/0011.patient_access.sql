-- What patients do themselves: links that let them act, and codes that prove a phone.

create table crm.access_links (
    id bigint generated always as identity primary key,
    token_hash bytea not null unique,
    purpose text not null check (purpose in ('manage_appointment')),
    patient_id bigint not null references crm.patients,
    appointment_id bigint references crm.appointments,
    expires_at timestamptz not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index access_links_appointment on crm.access_links (appointment_id);

-- an online booking in progress: the hold, then who it is for, then the code sent to their phone
create table crm.online_bookings (
    id bigint generated always as identity primary key,
    token_hash bytea not null unique,
    appointment_id bigint not null references crm.appointments,
    hospital_id bigint not null references crm.hospitals,
    -- false: somebody's clinic was chosen by name; true: whoever is free first
    any_practitioner boolean not null default false,
    language text not null default 'en',
    first_name text,
    last_name text,
    date_of_birth date,
    phone text,
    email text,
    -- the words that were agreed to, as they were shown
    consent_words text,
    marketing_words text,
    code_hash bytea,
    code_sent_at timestamptz,
    codes_sent smallint not null default 0,
    attempts smallint not null default 0 check (attempts between 0 and 10),
    address inet,
    completed_at timestamptz,
    created_at timestamptz not null,
    check ((phone is null) = (first_name is null) and (phone is null) = (last_name is null))
);
create index online_bookings_phone on crm.online_bookings (phone, code_sent_at) where phone is not null;
create index online_bookings_address on crm.online_bookings (address, created_at);
create index online_bookings_appointment on crm.online_bookings (appointment_id);
