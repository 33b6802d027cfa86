-- Notes, tags, typed custom fields and staff tasks, on anybody and anything: a subject is a noun and an id.

create table crm.notes (
    id bigint generated always as identity primary key,
    subject text not null,
    subject_id bigint not null,
    body text not null check (length(body) between 1 and 10000),
    pinned boolean not null default false,
    created_by bigint references crm.staff,
    created_by_name text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    version integer not null default 1
);
create index notes_subject on crm.notes (subject, subject_id, id desc) where deleted_at is null;

create table crm.tags (
    id bigint generated always as identity primary key,
    name text not null,
    colour text not null default 'teal',
    created_at timestamptz not null
);
create unique index tags_name on crm.tags (lower(name));

create table crm.taggings (
    tag_id bigint not null references crm.tags,
    subject text not null,
    subject_id bigint not null,
    created_at timestamptz not null,
    primary key (subject, subject_id, tag_id)
);
create index taggings_tag on crm.taggings (tag_id, subject, subject_id);

create table crm.custom_fields (
    id bigint generated always as identity primary key,
    subject text not null,
    key text not null check (key ~ '^[a-z][a-z0-9_]{0,40}$'),
    label text not null,
    type text not null check (type in ('text', 'number', 'date', 'boolean', 'choice')),
    choices text[] not null default '{}',
    required boolean not null default false,
    position smallint not null default 0,
    archived_at timestamptz,
    created_at timestamptz not null,
    unique (subject, key),
    check ((type = 'choice') = (cardinality(choices) > 0))
);

create table crm.custom_values (
    field_id bigint not null references crm.custom_fields,
    subject_id bigint not null,
    value jsonb not null,
    updated_at timestamptz not null,
    primary key (field_id, subject_id)
);

create table crm.tasks (
    id bigint generated always as identity primary key,
    title text not null check (length(title) between 1 and 300),
    details text not null default '',
    subject text,
    subject_id bigint,
    patient_id bigint,
    hospital_id bigint references crm.hospitals,
    status text not null default 'open' check (status in ('open', 'done', 'dropped')),
    priority text not null default 'normal' check (priority in ('normal', 'urgent')),
    assigned_to bigint references crm.staff,
    -- for_role: who should take it while nobody in particular has
    for_role text,
    due_at timestamptz,
    -- a task that a system opens has a key, so that it is opened once
    key text unique,
    created_by_name text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    done_at timestamptz,
    done_by_name text,
    version integer not null default 1,
    check ((status = 'open') = (done_at is null))
);
-- as lists are sorted: what has no due time comes last (bedside/follow_ups/store_tasks.py)
create index tasks_open on crm.tasks (coalesce(due_at, '9999-12-31 23:59:59+00'::timestamptz), id)
    where status = 'open';
create index tasks_subject on crm.tasks (subject, subject_id);
create index tasks_patient on crm.tasks (patient_id, id desc) where patient_id is not null;
