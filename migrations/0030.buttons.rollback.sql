-- squawk-ignore-file ban-drop-column, ban-drop-table
drop table communications.refused_webhooks;
alter table communications.inbound_messages drop column button;
alter table communications.template_versions drop column whatsapp_buttons, drop column whatsapp_header;
