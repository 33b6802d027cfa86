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

-- an online booking in progress: the hold, the phone that was given, and the code sent to it
create table crm.online_bookings (
    id bigint generated always as identity primary key,
    token_hash bytea not null unique,
    appointment_id bigint not null references crm.appointments,
    hospital_id bigint not null references crm.hospitals,
    first_name text not null,
    last_name text not null,
    date_of_birth date,
    phone text not null,
    email text,
    language text not null default 'en',
    code_hash bytea not null,
    code_sent_at timestamptz not null,
    codes_sent smallint not null default 1,
    attempts smallint not null default 0 check (attempts between 0 and 10),
    address inet,
    completed_at timestamptz,
    created_at timestamptz not null
);
create index online_bookings_phone on crm.online_bookings (phone, created_at);
create index online_bookings_address on crm.online_bookings (address, created_at);
