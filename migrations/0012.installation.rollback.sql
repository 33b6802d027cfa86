drop table crm.installation;
