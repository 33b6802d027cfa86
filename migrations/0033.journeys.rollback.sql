delete from communications.campaign_recipients where entry_id > 0;
drop index communications.campaign_recipients_entry;
alter table communications.campaign_recipients
    drop constraint campaign_recipients_pkey,
    drop column entry_id,
    drop column step,
    drop column turn,
    add constraint campaign_recipients_pkey primary key (campaign_id, person_id, channel);
drop table communications.campaign_entries;
drop index communications.campaigns_standing;
drop index communications.campaigns_at_work;
create index campaigns_at_work on communications.campaigns (id) where status = 'sending';
update communications.campaigns set message = name where steps <> '[]' and message = '' and template_key is null;
alter table communications.campaigns
    drop constraint campaigns_says_one,
    drop constraint campaigns_entry_has_steps,
    drop column steps,
    drop column entry,
    drop column goal,
    drop column swept_through,
    drop column sweep_at,
    add constraint campaigns_says_one check ((message = '') = (template_key is not null));
