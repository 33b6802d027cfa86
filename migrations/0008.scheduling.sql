-- Schedules, exceptions and appointments. Who wins a time is decided here, by exclusion, and nowhere else.

create table crm.schedules (
    id bigint generated always as identity primary key,
    practitioner_id bigint not null references crm.practitioners,
    hospital_id bigint not null references crm.hospitals,
    department_id bigint not null references crm.departments,
    weekday smallint not null check (weekday between 1 and 7),
    starts time not null,
    ends time not null check (ends > starts),
    slot_minutes smallint not null check (slot_minutes between 5 and 480),
    lanes smallint not null default 1 check (lanes between 1 and 50),
    buffer_before_minutes smallint not null default 0 check (buffer_before_minutes between 0 and 240),
    buffer_after_minutes smallint not null default 0 check (buffer_after_minutes between 0 and 240),
    valid_from date not null,
    valid_to date check (valid_to >= valid_from),
    resource_id bigint references crm.resources,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint schedules_overlap exclude using gist (
        practitioner_id with =, weekday with =,
        crm.timerange(starts, ends) with &&, daterange(valid_from, valid_to, '[]') with &&)
);
create index schedules_department on crm.schedules (department_id);
create index schedules_hospital on crm.schedules (hospital_id);

-- whether a hospital's weekly schedules stand still on the public holidays of its country and subdivision
create table crm.holiday_policies (
    hospital_id bigint primary key references crm.hospitals,
    closed boolean not null,
    updated_at timestamptz not null
);

-- leave takes time away, an extra clinic adds some, a closure takes it from everybody at a hospital
create table crm.schedule_exceptions (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('leave', 'extra_clinic', 'closure')),
    practitioner_id bigint references crm.practitioners,
    hospital_id bigint references crm.hospitals,
    department_id bigint references crm.departments,
    during tstzrange not null check (not isempty(during) and lower(during) is not null and upper(during) is not null),
    slot_minutes smallint check (slot_minutes between 5 and 480),
    lanes smallint check (lanes between 1 and 50),
    reason text not null default '',
    created_by_name text not null,
    created_at timestamptz not null,
    version integer not null default 1,
    check ((kind = 'closure') = (practitioner_id is null)),
    check (kind <> 'closure' or hospital_id is not null),
    check ((kind = 'extra_clinic') = (slot_minutes is not null and lanes is not null and department_id is not null))
);
create index schedule_exceptions_practitioner on crm.schedule_exceptions using gist (practitioner_id, during);
create index schedule_exceptions_hospital on crm.schedule_exceptions using gist (hospital_id, during);

create table crm.appointments (
    id bigint generated always as identity primary key,
    hospital_id bigint not null references crm.hospitals,
    department_id bigint not null references crm.departments,
    practitioner_id bigint not null references crm.practitioners,
    service_id bigint references crm.services,
    patient_id bigint references crm.patients,
    -- 0 for a single seat, up to n-1 for a clinic of n seats, above for deliberate overbooking
    lane smallint not null default 0 check (lane between 0 and 99),
    during tstzrange not null,
    occupied tstzrange not null,
    starts_at timestamptz not null generated always as (lower(during)) stored,
    ends_at timestamptz not null generated always as (upper(during)) stored,
    status text not null check (status in
        ('held', 'scheduled', 'confirmed', 'arrived', 'completed', 'cancelled', 'no_show')),
    source text not null check (source in ('desk', 'online', 'api', 'demonstration', 'hl7')),
    reason text not null default '',
    -- set where somebody with the permission booked outside the schedule
    override_reason text,
    hold_expires_at timestamptz,
    hold_token_hash bytea unique,
    cancel_reason text,
    cancelled_by text,
    confirmed_at timestamptz,
    arrived_at timestamptz,
    completed_at timestamptz,
    cancelled_at timestamptz,
    no_show_at timestamptz,
    -- iCalendar's SEQUENCE: counts up with every change of time
    calendar_sequence integer not null default 0,
    -- set when leave or a closure took the time away: the visit is kept until somebody finds it a new one
    needs_new_time boolean not null default false,
    booked_by_name text not null,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check (not isempty(during) and lower_inc(during) and not upper_inc(during)),
    check (occupied @> during),
    check ((status = 'held') = (hold_expires_at is not null)),
    -- a hold has no patient yet; one that ran out stays behind as cancelled, without ever having had one
    check (status in ('held', 'cancelled') or patient_id is not null),
    check ((status = 'cancelled') = (cancelled_at is not null)),
    constraint appointments_slot_taken exclude using gist (practitioner_id with =, lane with =, occupied with &&)
        where (status in ('held', 'scheduled', 'confirmed', 'arrived')),
    constraint appointments_patient_busy exclude using gist (patient_id with =, during with &&)
        where (status in ('held', 'scheduled', 'confirmed', 'arrived'))
);
create index appointments_patient on crm.appointments (patient_id, starts_at desc);
create index appointments_hospital_day on crm.appointments (hospital_id, starts_at);
create index appointments_practitioner on crm.appointments (practitioner_id, starts_at);
create index appointments_starts on crm.appointments (starts_at, id);
-- the rate of missed visits, from the index alone; no booking pays for it, since a visit enters it when it is over
create index appointments_outcomes on crm.appointments (starts_at, hospital_id, status)
    where status in ('completed', 'no_show');
create index appointments_new_time on crm.appointments (starts_at) where needs_new_time;
create index appointments_holds on crm.appointments (hold_expires_at) where status = 'held';

-- rooms and equipment are claimed like practitioners; a claim goes when its appointment is no longer active
create table crm.appointment_resources (
    appointment_id bigint not null references crm.appointments,
    resource_id bigint not null references crm.resources,
    occupied tstzrange not null,
    primary key (appointment_id, resource_id),
    constraint appointment_resources_taken exclude using gist (resource_id with =, occupied with &&)
);
