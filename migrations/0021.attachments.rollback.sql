alter table communications.message_queue drop column answers_inbound;
alter table communications.inbound_messages drop column mail_references;
drop table communications.attachments;
