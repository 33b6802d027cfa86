-- A second account of a kind stands in while the first fails, and the first is tried again by itself. What a message cost.
-- Nothing else writes while a version is migrated, and senders are a handful.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion, ban-drop-constraint, ban-drop-column, constraint-missing-not-valid

alter table communications.senders
    -- which account of its kind carries it: the first sends, the second stands in
    add column account smallint not null default 1 check (account in (1, 2)),
    -- faults of the provider's, one after the other, since it last took a message
    add column faults_in_row integer not null default 0 check (faults_in_row >= 0),
    -- held back for them since, why, when one message tries whether it works again, and how many tried so far
    add column tripped_at timestamptz,
    add column tripped_because text,
    add column try_at timestamptz,
    add column tries smallint not null default 0,
    add constraint senders_tripped check ((tripped_at is null) = (try_at is null));
-- two mail servers may carry one address
alter table communications.senders drop constraint senders_channel_provider_address_key;
create unique index senders_of_account on communications.senders (channel, provider, address, account);

-- WhatsApp's window for free words belongs to the number that was written to
alter table communications.conversation_addresses add column last_inbound_to text;
update communications.conversation_addresses a
set last_inbound_to = (select m.to_address from communications.inbound_messages m
                       where m.conversation_id = a.conversation_id and m.channel = a.channel
                         and m.from_address = a.address
                       order by m.id desc limit 1)
where channel = 'whatsapp';

-- a stop holds for the channel: the number that was stopped and the one that stands in are one to the person
update communications.suppressions s
set lifted_at = now(), lifted_because = 'one stop holds for every number'
where lifted_at is null and reason = 'opt_out' and sender_id is not null
  and exists (select from communications.suppressions other
              where other.lifted_at is null and other.id <> s.id and other.channel = s.channel
                and other.address = s.address and coalesce(other.purpose, '') = coalesce(s.purpose, '')
                and (other.sender_id is null or (other.reason = 'opt_out' and other.id < s.id)));
update communications.suppressions set sender_id = null
where lifted_at is null and reason = 'opt_out' and sender_id is not null;

alter table communications.message_queue
    -- as the provider says it, a fraction of a cent; nothing was ever kept in whole ones
    drop column price_minor,
    add column price numeric(12, 6) check (price >= 0),
    -- a price is not there at once: when the provider was asked for it
    add column price_asked_at timestamptz;
-- only Twilio has to be asked, and its ids begin like this
create index message_queue_unpriced on communications.message_queue (sent_at)
    where price_asked_at is null and (provider_id like 'SM%' or provider_id like 'MM%');
