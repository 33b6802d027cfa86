drop index communications.message_queue_of_campaign;
drop table communications.campaign_recipients;
drop table communications.campaigns;
