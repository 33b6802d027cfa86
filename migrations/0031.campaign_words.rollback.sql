delete from communications.campaign_recipients where outcome = 'no_words';
alter table communications.campaign_recipients
    drop constraint campaign_recipients_outcome_check,
    add constraint campaign_recipients_outcome_check check (outcome in
        ('waiting', 'queued', 'control', 'no_address', 'no_consent', 'refused', 'stopped', 'another_channel', 'too_often',
         'cancelled'));
update communications.campaigns set message = template_key where template_key is not null;
alter table communications.campaigns
    drop constraint campaigns_says_one,
    drop column template_key,
    drop constraint campaigns_message_check,
    add constraint campaigns_message_check check (length(message) between 1 and 5000);
