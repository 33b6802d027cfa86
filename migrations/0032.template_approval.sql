-- What WhatsApp says of a version's words: they leave outside the 24-hour window only where it approved them.

create table communications.template_approvals (
    version_id bigint primary key references communications.template_versions,
    -- true: handed in by us, as it stands here; false: somebody else had it approved, and we look it up by its name
    own boolean not null,
    name text not null check (length(name) between 1 and 512),
    language text not null,
    category text not null check (category in ('UTILITY', 'MARKETING')),
    -- with numbered places, and what fills each, in Liquid
    body text not null,
    variables text[] not null default '{}',
    examples text[] not null default '{}',
    state text not null check (state in ('submitted', 'approved', 'rejected', 'paused')),
    reason text not null default '',
    -- WhatsApp's id; null until it has the words
    provider_id text,
    -- when WhatsApp is asked next
    ask_at timestamptz not null,
    submitted_by_name text not null default '',
    submitted_at timestamptz not null,
    decided_at timestamptz,
    checked_at timestamptz
);
create index template_approvals_due on communications.template_approvals (ask_at);
