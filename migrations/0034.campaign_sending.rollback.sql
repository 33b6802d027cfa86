drop table communications.approval_limits;
drop index communications.campaign_recipients_waiting;
create index campaign_recipients_waiting on communications.campaign_recipients (campaign_id, person_id)
    where outcome = 'waiting';
alter table communications.campaign_recipients drop column due_at;
drop index communications.campaigns_awaiting;
update communications.campaigns set status = 'draft' where status = 'awaiting_approval';
alter table communications.campaigns
    drop constraint campaigns_approved_by_somebody,
    drop column per_minute, drop column tokens, drop column tokens_at, drop column local_time,
    drop column hours_looked_at, drop column made_by, drop column changed_by, drop column changed_by_role,
    drop column submitted_by, drop column submitted_at, drop column approved_by_name, drop column approved_at,
    drop column approved_audience_version;
