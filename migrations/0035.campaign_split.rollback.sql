drop index communications.campaign_recipients_held;
delete from communications.campaign_recipients where outcome = 'held';
alter table communications.campaign_recipients
    drop column variant,
    drop constraint campaign_recipients_outcome_check,
    add constraint campaign_recipients_outcome_check check (outcome in
        ('waiting', 'queued', 'control', 'no_address', 'no_consent', 'refused', 'stopped', 'another_channel', 'too_often',
         'no_words', 'cancelled'));
alter table communications.campaigns
    drop constraint campaigns_winner_by_rule,
    drop constraint campaigns_winner_since,
    drop column variants,
    drop column winner_by,
    drop column decide_after_hours,
    drop column decide_at,
    drop column winner,
    drop column winner_at;
