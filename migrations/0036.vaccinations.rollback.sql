drop table crm.vaccinations, crm.vaccines;
