drop table crm.consents, crm.contact_points, crm.patient_identifiers, crm.patients;
drop sequence crm.record_numbers;
