-- What patients say of their visits: categories, survey forms, invitations, feedback, what staff answer, recovery.

-- what a visit is rated by, besides as a whole; one that is no longer asked stays, since old feedback speaks of it
create table crm.feedback_categories (
    id bigint generated always as identity primary key,
    code text not null unique check (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    -- what it is called, by language: {"en": "Waiting time", ...}; English is always there
    labels jsonb not null check (labels ? 'en'),
    position smallint not null,
    archived_at timestamptz,
    version integer not null default 1
);
insert into crm.feedback_categories (code, labels, position) values
    ('service', '{"en": "Service", "es": "Servicio", "ar": "الخدمة"}', 1),
    ('waiting_time', '{"en": "Waiting time", "es": "Tiempo de espera", "ar": "وقت الانتظار"}', 2),
    ('cleanliness', '{"en": "Cleanliness", "es": "Limpieza", "ar": "النظافة"}', 3),
    ('staff', '{"en": "Staff", "es": "Personal", "ar": "طاقم العمل"}', 4),
    ('communication', '{"en": "Communication", "es": "Comunicación", "ar": "التواصل"}', 5),
    ('facilities', '{"en": "Facilities", "es": "Instalaciones", "ar": "المرافق"}', 6);

-- survey forms: further questions, in versions, so that an answer always has the question that was asked
create table crm.feedback_forms (
    id bigint generated always as identity primary key,
    name text not null,
    archived_at timestamptz,
    created_by_name text not null,
    created_at timestamptz not null,
    version integer not null default 1
);
create table crm.feedback_form_versions (
    id bigint generated always as identity primary key,
    form_id bigint not null references crm.feedback_forms,
    number integer not null check (number > 0),
    -- what is asked, in order: key, kind (nps, csat, text, choice, yes_no), labels by language, condition
    questions jsonb not null check (jsonb_typeof(questions) = 'array'),
    created_by_name text not null,
    created_at timestamptz not null,
    unique (form_id, number)
);
create trigger feedback_form_versions_append_only before update or delete on crm.feedback_form_versions
    for each row execute function crm.refuse_change();

-- how a hospital asks; a hospital without a row asks as the defaults say
create table crm.feedback_policies (
    hospital_id bigint primary key references crm.hospitals,
    enabled boolean not null default true,
    delay_minutes integer not null default 120 check (delay_minutes between 0 and 20160),
    -- tried in this order: the first that reaches the patient
    channels text[] not null default '{sms,whatsapp,email}'
        check (channels <@ array['sms', 'whatsapp', 'email'] and cardinality(channels) > 0),
    -- null: the patient's own
    language text,
    -- null: nobody is reminded
    reminder_after_hours smallint default 48 check (reminder_after_hours between 1 and 336),
    open_days smallint not null default 30 check (open_days between 1 and 365),
    anonymous_offered boolean not null default false,
    form_id bigint references crm.feedback_forms,
    -- where happy patients may be asked to tell others; empty: nobody is asked
    review_url text not null default '',
    review_from_stars smallint not null default 5 check (review_from_stars between 4 and 5),
    -- who takes care of low ratings, how soon, and who is told when they have not
    recovery_assigned_to bigint references crm.staff,
    recovery_role text not null default 'front_desk',
    recovery_hours smallint not null default 24 check (recovery_hours between 1 and 336),
    escalate_to bigint references crm.staff,
    escalate_role text not null default 'admin',
    version integer not null default 1,
    updated_by_name text not null default '',
    updated_at timestamptz
);

-- one a visit, planned when it is completed
create table crm.feedback_invitations (
    id bigint generated always as identity primary key,
    appointment_id bigint not null unique references crm.appointments,
    patient_id bigint not null references crm.patients,
    hospital_id bigint not null references crm.hospitals,
    status text not null check (status in ('planned', 'sent', 'answered', 'cancelled', 'skipped')),
    -- why nobody was asked
    because text not null default '',
    channels text[] not null,
    language text not null,
    form_version_id bigint references crm.feedback_form_versions,
    anonymous_offered boolean not null,
    due_at timestamptz not null,
    -- null: not reminded
    remind_at timestamptz,
    expires_at timestamptz not null,
    sent_at timestamptz,
    reminded_at timestamptz,
    -- of an anonymous answer only the day is kept
    answered_at timestamptz,
    message_id bigint references communications.message_queue,
    reminder_message_id bigint references communications.message_queue,
    created_at timestamptz not null,
    check ((status = 'answered') = (answered_at is not null))
);
create index feedback_invitations_due on crm.feedback_invitations (due_at) where status = 'planned';
create index feedback_invitations_remind on crm.feedback_invitations (remind_at)
    where status = 'sent' and reminded_at is null and remind_at is not null;
create index feedback_invitations_patient on crm.feedback_invitations (patient_id);
create index feedback_invitations_hospital on crm.feedback_invitations (hospital_id, sent_at) where sent_at is not null;
-- each message carries a link of its own; whichever is used first answers
create table crm.feedback_links (
    token_hash bytea primary key,
    invitation_id bigint not null references crm.feedback_invitations,
    created_at timestamptz not null
);
create index feedback_links_invitation on crm.feedback_links (invitation_id);

create table crm.patient_feedback (
    id bigint generated always as identity primary key,
    hospital_id bigint references crm.hospitals,
    -- null: anonymous
    patient_id bigint references crm.patients,
    -- once a visit; null: anonymous, or it matched no completed visit, and earns nothing
    appointment_id bigint unique references crm.appointments,
    -- of an anonymous answer only the month: its first day
    visit_date date not null,
    department_id bigint references crm.departments,
    practitioner_id bigint references crm.practitioners,
    rating smallint not null check (rating between 1 and 5),
    words text not null default '' check (length(words) <= 5000),
    anonymous boolean not null default false,
    language text not null default 'en',
    source text not null check (source in ('link', 'desk', 'api')),
    form_version_id bigint references crm.feedback_form_versions,
    -- when a public review was asked for, once
    review_asked_at timestamptz,
    created_by_name text not null,
    -- of an anonymous answer only the day
    created_at timestamptz not null,
    version integer not null default 1,
    check (not anonymous or (patient_id is null and appointment_id is null and practitioner_id is null)),
    check (anonymous or patient_id is not null)
);
create index patient_feedback_patient on crm.patient_feedback (patient_id, id desc) where patient_id is not null;
create index patient_feedback_newest on crm.patient_feedback (created_at desc, id desc);
create index patient_feedback_hospital on crm.patient_feedback (hospital_id, created_at desc, id desc);
create index patient_feedback_visit_date on crm.patient_feedback (visit_date, hospital_id);

create table crm.feedback_stars (
    feedback_id bigint not null references crm.patient_feedback,
    category_id bigint not null references crm.feedback_categories,
    stars smallint not null check (stars between 1 and 5),
    primary key (feedback_id, category_id)
);
create index feedback_stars_category on crm.feedback_stars (category_id);

-- answers to a form's questions; a question that was skipped has no row
create table crm.feedback_answers (
    feedback_id bigint not null references crm.patient_feedback,
    question text not null,
    kind text not null check (kind in ('nps', 'csat', 'text', 'choice', 'yes_no')),
    number smallint,
    words text,
    primary key (feedback_id, question),
    check (case kind when 'nps' then number between 0 and 10 and words is null
                     when 'csat' then number between 1 and 5 and words is null
                     when 'yes_no' then number between 0 and 1 and words is null
                     else number is null and words is not null end)
);

-- what staff answered: a message to the patient, or a note for themselves
create table crm.feedback_responses (
    id bigint generated always as identity primary key,
    feedback_id bigint not null references crm.patient_feedback,
    kind text not null check (kind in ('message', 'private')),
    body text not null check (body <> ''),
    message_id bigint references communications.message_queue,
    created_by_id bigint references crm.staff,
    created_by_name text not null,
    created_at timestamptz not null
);
create index feedback_responses_feedback on crm.feedback_responses (feedback_id, id);

-- what is done about a low rating: a task with an owner and a due time, and a second one where that was not enough
create table crm.feedback_recoveries (
    feedback_id bigint primary key references crm.patient_feedback,
    task_id bigint not null unique references crm.tasks,
    due_at timestamptz not null,
    escalated_at timestamptz,
    escalation_task_id bigint references crm.tasks
);
create index feedback_recoveries_due on crm.feedback_recoveries (due_at) where escalated_at is null;
