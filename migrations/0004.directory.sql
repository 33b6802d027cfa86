-- Hospitals and what they are made of.

create table crm.hospitals (
    id bigint generated always as identity primary key,
    name text not null,
    slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    time_zone text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    locale text not null default 'en-US',
    languages text[] not null default '{en}',
    country text not null default 'US' check (country ~ '^[A-Z]{2}$'),
    subdivision text,
    phone text,
    email text,
    address text not null default '',
    directions text not null default '',
    online_booking boolean not null default true,
    quiet_from time,
    quiet_until time,
    archived_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check ((quiet_from is null) = (quiet_until is null))
);

create table crm.opening_hours (
    hospital_id bigint not null references crm.hospitals,
    weekday smallint not null check (weekday between 1 and 7),
    opens time not null,
    closes time not null check (closes > opens),
    exclude using gist (hospital_id with =, weekday with =, crm.timerange(opens, closes) with &&)
);

create table crm.departments (
    id bigint generated always as identity primary key,
    hospital_id bigint not null references crm.hospitals,
    name text not null,
    -- discreet: the name says too much about a person, so messages leave it out
    discreet boolean not null default false,
    online_booking boolean not null default true,
    position smallint not null default 0,
    archived_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (hospital_id, name)
);

create table crm.practitioners (
    id bigint generated always as identity primary key,
    prefix text not null default 'Dr.',
    first_name text not null,
    last_name text not null,
    specialty text not null default '',
    languages text[] not null default '{en}',
    sex text check (sex in ('female', 'male', 'other')),
    photo_file_id bigint references crm.files,
    archived_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index practitioners_photo on crm.practitioners (photo_file_id) where photo_file_id is not null;
create index practitioners_last_name on crm.practitioners (crm.searchable(last_name));

-- a practitioner works for a department (FHIR: PractitionerRole)
create table crm.practitioner_roles (
    practitioner_id bigint not null references crm.practitioners,
    department_id bigint not null references crm.departments,
    online_booking boolean not null default true,
    primary key (practitioner_id, department_id)
);
create index practitioner_roles_department on crm.practitioner_roles (department_id);

create table crm.services (
    id bigint generated always as identity primary key,
    department_id bigint not null references crm.departments,
    name text not null,
    duration_minutes smallint not null check (duration_minutes between 5 and 720),
    buffer_before_minutes smallint not null default 0 check (buffer_before_minutes between 0 and 240),
    buffer_after_minutes smallint not null default 0 check (buffer_after_minutes between 0 and 240),
    -- the kind of room or equipment that every visit of this service needs one of
    needs_resource_kind text,
    online_booking boolean not null default true,
    instructions text not null default '',
    archived_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (department_id, name)
);

-- no row for a practitioner: every service of the department; rows: these only
create table crm.practitioner_services (
    practitioner_id bigint not null references crm.practitioners,
    service_id bigint not null references crm.services,
    primary key (practitioner_id, service_id)
);

create table crm.resources (
    id bigint generated always as identity primary key,
    hospital_id bigint not null references crm.hospitals,
    name text not null,
    kind text not null,
    is_room boolean not null default true,
    archived_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (hospital_id, name)
);

-- the table is new and empty
-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint
alter table crm.staff add constraint staff_practitioner foreign key (practitioner_id) references crm.practitioners;
