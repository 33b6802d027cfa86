alter table communications.campaign_values drop column source;
alter table crm.hospitals
    drop constraint hospitals_visit_worth_is_whole,
    drop column visit_worth_exponent,
    drop column visit_worth_minor;
