-- The library of texts: a template has versions per channel and language.

create table communications.templates (
    id bigint generated always as identity primary key,
    key text not null unique check (key ~ '^[a-z][a-z0-9_]{1,60}$'),
    name text not null,
    description text not null default '',
    category text not null check (category in
        ('reminder', 'confirmation', 'follow_up', 'health_promotion', 'billing', 'owner', 'access', 'notice')),
    purpose text not null check (purpose in ('transactional', 'marketing')),
    -- clinical: may carry clinical detail; its links and opens are never tracked
    clinical boolean not null default false,
    shipped boolean not null default false,
    archived_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table communications.template_versions (
    id bigint generated always as identity primary key,
    template_id bigint not null references communications.templates,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    language text not null check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]+)*$'),
    number integer not null check (number > 0),
    subject text,
    body text not null,
    html text,
    -- the name under which WhatsApp approved it, and which variables fill its numbered places, in order
    whatsapp_name text,
    whatsapp_variables text[] not null default '{}',
    created_by_name text not null,
    created_at timestamptz not null,
    unique (template_id, channel, language, number),
    check ((channel = 'email') = (subject is not null))
);
create trigger template_versions_append_only before update or delete on communications.template_versions
    for each statement execute function crm.refuse_change();
