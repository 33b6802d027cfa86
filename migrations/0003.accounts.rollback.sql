drop table crm.audit_log, crm.sign_in_attempts, crm.api_keys, crm.sessions, crm.staff;
