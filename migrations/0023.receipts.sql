-- Webhooks are kept raw first and applied by the worker: which ones wait, which are tried again, which are set aside.
-- Nothing else writes while a version is migrated, and what was kept of webhooks so far is thirty days' worth.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

alter table communications.webhook_receipts
    -- carries somebody's words, which may be a stop: goes before any number of statuses
    add column urgent boolean not null default false,
    -- while it waits: not before; a fault of ours puts it off, each time for longer
    add column due_at timestamptz,
    add column attempts smallint not null default 0,
    -- what makes no sense, or failed too often, waits here for a person and stops nothing behind it
    add column set_aside_at timestamptz;
-- what was given up so far is shown too; what still waits is tried again
update communications.webhook_receipts
set set_aside_at = coalesce(applied_at, received_at), applied_at = null
where error is not null and (applied_at is not null or received_at < now() - interval '1 day');
update communications.webhook_receipts set due_at = received_at where applied_at is null and set_aside_at is null;

drop index communications.webhook_receipts_waiting;
create index webhook_receipts_waiting
    on communications.webhook_receipts (urgent, due_at, id)
    where applied_at is null and set_aside_at is null;
create index webhook_receipts_set_aside on communications.webhook_receipts (id) where set_aside_at is not null;

alter table communications.message_queue
    -- what WhatsApp bills a message as (utility, marketing, authentication, service), and whether it does
    add column price_category text,
    add column billable boolean;
