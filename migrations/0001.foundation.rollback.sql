drop schema communications cascade;
drop schema loyalty cascade;
drop schema crm cascade;
