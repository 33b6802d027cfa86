-- How quickly a sender may send is kept here, not by each worker: as many workers as there are share one rate and one day.
-- squawk-ignore-file constraint-missing-not-valid

alter table communications.senders
    -- what is left of its rate at `rate_at`, a bucket that holds a second's worth; null: full
    add column rate_left double precision,
    add column rate_at timestamptz,
    -- most messages of a day in UTC, as the provider counts; null: as many as there are
    add column daily_cap integer check (daily_cap > 0),
    add column sent_on date,
    add column sent_that_day integer not null default 0 check (sent_that_day >= 0);
