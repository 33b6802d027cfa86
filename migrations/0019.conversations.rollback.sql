alter table communications.inbound_messages drop column subject, drop column automatic;
drop table communications.canned_answers, communications.conversation_waits;
drop index communications.conversations_of_person, communications.conversations_of_address,
    communications.conversations_assigned, communications.conversations_snoozed;
-- inbound messages of several addresses stay in the thread that they were brought to
alter table communications.conversations drop column merged_into, drop column snoozed_until;
drop table communications.conversation_addresses;
create index conversations_person on communications.conversations (person_kind, person_id);
