drop index crm.event_log_owner;
alter table crm.event_log drop column owner_id;
alter table crm.staff drop constraint staff_owner_role, drop constraint staff_owner;
alter table crm.staff drop column owner_id;
alter table crm.hospital_owners drop constraint hospital_owners_import;
drop table crm.owner_imports, crm.owner_documents, crm.owner_payment_details, crm.owner_contacts, crm.owner_hospitals,
    crm.hospital_owners;
