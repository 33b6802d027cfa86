-- What a campaign says: words of its own, which may name the person, or a template of the library.

-- squawk-ignore-file require-concurrent-index-creation, ban-drop-constraint, constraint-missing-not-valid, adding-foreign-key-constraint

alter table communications.campaigns
    add column template_key text references communications.templates (key),
    drop constraint campaigns_message_check,
    add constraint campaigns_message_check check (length(message) <= 5000),
    add constraint campaigns_says_one check ((message = '') = (template_key is not null));

-- `no_words`: what the words name has no value for them, so nothing is sent rather than a blank
alter table communications.campaign_recipients
    drop constraint campaign_recipients_outcome_check,
    add constraint campaign_recipients_outcome_check check (outcome in
        ('waiting', 'queued', 'control', 'no_address', 'no_consent', 'refused', 'stopped', 'another_channel', 'too_often',
         'no_words', 'cancelled'));
