-- Staff, their sessions, keys of machines, and the audit log.

create table crm.staff (
    id bigint generated always as identity primary key,
    email text not null check (email = lower(email)),
    name text not null,
    role text not null check (role in ('admin', 'front_desk', 'clinician', 'marketing', 'finance', 'owner', 'integration')),
    every_hospital boolean not null default false,
    hospital_ids bigint[] not null default '{}',
    practitioner_id bigint,
    password_hash text,
    language text not null default 'en',
    active boolean not null default true,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (email)
);

create table crm.sessions (
    id bigint generated always as identity primary key,
    staff_id bigint not null references crm.staff,
    refresh_hash bytea not null unique,
    previous_refresh_hash bytea,
    rotated_at timestamptz,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_because text,
    address inet,
    user_agent text
);
create index sessions_staff on crm.sessions (staff_id);
create index sessions_previous on crm.sessions (previous_refresh_hash) where previous_refresh_hash is not null;

create table crm.api_keys (
    id bigint generated always as identity primary key,
    name text not null,
    role text not null check (role in ('admin', 'front_desk', 'clinician', 'marketing', 'finance', 'integration')),
    every_hospital boolean not null default false,
    hospital_ids bigint[] not null default '{}',
    hint text not null,
    key_hash bytea not null unique,
    created_by bigint references crm.staff,
    created_at timestamptz not null,
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz
);

create table crm.sign_in_attempts (
    id bigint generated always as identity primary key,
    email text not null,
    address inet,
    at timestamptz not null,
    succeeded boolean not null
);
create index sign_in_attempts_email on crm.sign_in_attempts (email, at);
create index sign_in_attempts_address on crm.sign_in_attempts (address, at);

create table crm.audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor_kind text not null,
    actor_id bigint,
    actor_name text not null,
    action text not null,
    subject text not null,
    subject_id bigint,
    patient_id bigint,
    before jsonb,
    after jsonb,
    address inet
);
create index audit_log_subject on crm.audit_log (subject, subject_id, id desc);
create index audit_log_patient on crm.audit_log (patient_id, id desc) where patient_id is not null;
create index audit_log_actor on crm.audit_log (actor_kind, actor_id, id desc);
create trigger audit_log_append_only before update or delete on crm.audit_log
    for each statement execute function crm.refuse_change();
