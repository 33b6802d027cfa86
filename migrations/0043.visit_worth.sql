-- What a visit is assumed to be worth at a hospital: new campaigns reckon with it where they are given nothing else.

-- squawk-ignore-file constraint-missing-not-valid

alter table crm.hospitals
    -- in the currency of the hospital, whose decimals those are
    add column visit_worth_minor bigint check (visit_worth_minor > 0),
    add column visit_worth_exponent smallint check (visit_worth_exponent between 0 and 4),
    add constraint hospitals_visit_worth_is_whole
        check ((visit_worth_minor is null) = (visit_worth_exponent is null));

alter table communications.campaign_values
    -- whether somebody said it of this campaign, or it is what the hospital's settings said when the campaign was made
    add column source text not null default 'campaign' check (source in ('campaign', 'hospital'));
