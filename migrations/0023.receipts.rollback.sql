alter table communications.message_queue drop column billable, drop column price_category;
drop index communications.webhook_receipts_set_aside;
drop index communications.webhook_receipts_waiting;
update communications.webhook_receipts set applied_at = set_aside_at where set_aside_at is not null;
alter table communications.webhook_receipts
    drop column set_aside_at, drop column attempts, drop column due_at, drop column urgent;
create index webhook_receipts_waiting on communications.webhook_receipts (id) where applied_at is null;
