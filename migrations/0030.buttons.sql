-- Buttons below a WhatsApp message, what stands above its words, and which button was pressed. Refused webhooks, by day.
alter table communications.template_versions
    -- [{"id": "C", "title": "Confirm"}]: at most three; a press comes back as the id
    add column whatsapp_buttons jsonb not null default '[]',
    -- {"kind": "image", "value": Liquid}: what fills the header of the approved template
    add column whatsapp_header jsonb;

-- what stood on the button that somebody pressed; `body` is the id behind it, which acts as the word would
alter table communications.inbound_messages add column button text;

-- counted, not kept: whoever calls without a right signature decides how often
create table communications.refused_webhooks (
    day date not null,
    provider text not null,
    reason text not null check (reason in ('signature', 'token', 'address', 'malformed')),
    times bigint not null default 1,
    last_at timestamptz not null,
    primary key (day, provider, reason)
);
