alter table communications.templates drop column tracks;
drop table communications.message_opens, communications.message_clicks, communications.tracked_links;
drop table crm.emergency_recipients, crm.emergency_notifications;
