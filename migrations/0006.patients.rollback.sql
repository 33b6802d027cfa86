drop table crm.consents, crm.contact_points, crm.patient_identifiers, crm.patients, crm.name_words;
drop function crm.learn_name_words, crm.words;
drop sequence crm.record_numbers;
