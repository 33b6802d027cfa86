alter table communications.senders
    drop column sent_that_day, drop column sent_on, drop column daily_cap, drop column rate_at, drop column rate_left;
