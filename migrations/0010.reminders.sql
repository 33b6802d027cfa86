-- Reminder policies are ladders of steps; a reminder is one step of one visit on one channel.

create table crm.reminder_policies (
    id bigint generated always as identity primary key,
    hospital_id bigint references crm.hospitals,
    department_id bigint references crm.departments,
    name text not null,
    active boolean not null default true,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
-- the most particular policy that is active holds: of the department, else the hospital, else the group
create unique index reminder_policies_place on crm.reminder_policies (coalesce(hospital_id, 0), coalesce(department_id, 0))
    where active;

create table crm.reminder_policy_steps (
    id bigint generated always as identity primary key,
    policy_id bigint not null references crm.reminder_policies,
    lead_minutes integer not null check (lead_minutes between 5 and 129600),
    channels text[] not null check (channels <@ '{sms,whatsapp,email}' and cardinality(channels) > 0),
    template_key text not null,
    only_if_unconfirmed boolean not null default false,
    -- who has no phone is written to by mail instead
    email_without_phone boolean not null default true,
    -- what WhatsApp cannot deliver is sent by SMS, once
    sms_if_whatsapp_fails boolean not null default false,
    archived_at timestamptz
);
create index reminder_policy_steps_policy on crm.reminder_policy_steps (policy_id) where archived_at is null;

create table crm.appointment_reminders (
    id bigint generated always as identity primary key,
    appointment_id bigint not null references crm.appointments,
    patient_id bigint not null references crm.patients,
    hospital_id bigint not null references crm.hospitals,
    -- null: added by hand, with words of its own perhaps
    step_id bigint references crm.reminder_policy_steps,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    -- the time of the visit it was planned for: a moved visit is reminded of anew
    for_start timestamptz not null,
    due_at timestamptz not null,
    message text check (length(message) between 1 and 1000),
    status text not null check (status in ('scheduled', 'sent', 'failed', 'cancelled', 'skipped')),
    because text not null default '',
    message_id bigint references communications.message_queue,
    -- counts up when a visit moves back to a time that it was moved away from: the message's key is then a new one
    round smallint not null default 1,
    -- somebody on the staff withdrew it: it does not come back with its visit
    withdrawn boolean not null default false,
    created_by_name text not null default '',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint appointment_reminders_once unique (appointment_id, step_id, channel, for_start)
);
-- with the hospital, so that the dashboard counts what is pending from the index alone: 42 times fewer pages read
create index appointment_reminders_due on crm.appointment_reminders (due_at, id) include (hospital_id)
    where status = 'scheduled' and message_id is null;
create index appointment_reminders_pending on crm.appointment_reminders (due_at, id) where status = 'scheduled';
create index appointment_reminders_appointment on crm.appointment_reminders (appointment_id);
create index appointment_reminders_message on crm.appointment_reminders (message_id) where message_id is not null;
