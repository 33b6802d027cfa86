drop index communications.message_queue_unpriced;
alter table communications.message_queue
    drop column price_asked_at, drop column price, add column price_minor bigint;
alter table communications.conversation_addresses drop column last_inbound_to;
drop index communications.senders_of_account;
update communications.senders set active = false, address = address || ' (second account)' where account = 2;
alter table communications.senders
    add constraint senders_channel_provider_address_key unique (channel, provider, address),
    drop constraint senders_tripped, drop column tries, drop column try_at, drop column tripped_because,
    drop column tripped_at, drop column faults_in_row, drop column account;
