drop table crm.owner_consents;
