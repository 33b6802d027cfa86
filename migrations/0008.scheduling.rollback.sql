drop table crm.appointment_resources, crm.appointments, crm.schedule_exceptions, crm.holiday_policies, crm.schedules;
