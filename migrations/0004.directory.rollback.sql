alter table crm.staff drop constraint staff_practitioner;
drop table crm.resources, crm.practitioner_services, crm.services, crm.practitioner_roles, crm.practitioners,
    crm.departments, crm.opening_hours, crm.hospitals;
