-- What owners agreed to and refused, by channel and purpose: news to them needs their yes, as news to patients does.

create table crm.owner_consents (
    id bigint generated always as identity primary key,
    owner_id bigint not null references crm.hospital_owners,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    purpose text not null check (purpose in ('transactional', 'marketing')),
    granted boolean not null,
    how text not null,
    words text not null default '',
    recorded_by text not null,
    at timestamptz not null
);
-- the newest word for a channel and purpose is in force
create index owner_consents_in_force on crm.owner_consents (owner_id, channel, purpose, id desc);
create trigger owner_consents_append_only before update or delete on crm.owner_consents
    for each statement execute function crm.refuse_change();
