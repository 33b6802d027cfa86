-- Versions of a campaign that are tried on a part of its people; the rest get the one that did best.

-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, require-concurrent-index-creation

alter table communications.campaigns
    -- [{name, share, subject, message, templateKey}]: shares of a hundred; what a version leaves out the campaign says
    add column variants jsonb not null default '[]',
    add column winner_by text check (winner_by in ('opened', 'clicked', 'answered', 'booked')),
    add column decide_after_hours smallint check (decide_after_hours between 1 and 336),
    -- when everybody who tries has got it, so long after it: from when it is decided
    add column decide_at timestamptz,
    add column winner text check (length(winner) between 1 and 20),
    add column winner_at timestamptz,
    add constraint campaigns_winner_since check ((winner is null) = (winner_at is null)),
    add constraint campaigns_winner_by_rule check ((winner_by is null) = (decide_after_hours is null));

-- `held`: waits for the version that wins
alter table communications.campaign_recipients
    add column variant text not null default '' check (length(variant) <= 20),
    drop constraint campaign_recipients_outcome_check,
    add constraint campaign_recipients_outcome_check check (outcome in
        ('waiting', 'held', 'queued', 'control', 'no_address', 'no_consent', 'refused', 'stopped', 'another_channel',
         'too_often', 'no_words', 'cancelled'));
create index campaign_recipients_held on communications.campaign_recipients (campaign_id, person_id)
    where outcome = 'held';
