-- What campaigns cost and bring: prices of messages that staff keep, a budget that holds, and what a visit is assumed to be worth.

-- squawk-ignore-file require-concurrent-index-creation, constraint-missing-not-valid

-- what a message costs where the provider does not say so, or has not yet: a part of an SMS, or a whole message otherwise
create table communications.message_prices (
    id bigint generated always as identity primary key,
    channel text not null check (channel in ('sms', 'whatsapp', 'email')),
    -- how numbers begin for which it holds; empty: all for which no other does
    calling_code text not null default '' check (calling_code ~ '^([1-9][0-9]{0,6})?$'),
    -- fractions of a cent are usual
    price numeric(12, 6) not null check (price >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    since date not null,
    said_by_name text not null,
    said_at timestamptz not null,
    unique (channel, calling_code, since)
);

-- what was really paid of late, where no price is kept
create index message_queue_priced on communications.message_queue (channel, sent_at) where price is not null;

alter table communications.campaigns
    add column budget_minor bigint check (budget_minor > 0),
    add column budget_currency text check (budget_currency ~ '^[A-Z]{3}$'),
    -- the decimals of that currency
    add column budget_exponent smallint check (budget_exponent between 0 and 4),
    -- what handing on has taken of it, counted anew from the messages now and then, since their prices come later
    add column budget_taken numeric(18, 6) not null default 0,
    add column budget_counted_at timestamptz,
    add constraint campaigns_budget_is_whole check
        ((budget_minor is null) = (budget_currency is null) and (budget_minor is null) = (budget_exponent is null));

-- what a visit is assumed to be worth that a campaign's people book: nobody's bill says so, somebody does
create table communications.campaign_values (
    campaign_id bigint primary key references communications.campaigns,
    amount_minor bigint not null check (amount_minor > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    exponent smallint not null check (exponent between 0 and 4),
    said_by_name text not null,
    said_at timestamptz not null
);
