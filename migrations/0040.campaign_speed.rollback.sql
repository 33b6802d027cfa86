drop trigger campaigns_kept on communications.campaigns;
alter table communications.campaign_recipients
    add constraint campaign_recipients_campaign_id_fkey
        foreign key (campaign_id) references communications.campaigns not valid;
alter table communications.campaign_recipients validate constraint campaign_recipients_campaign_id_fkey;
