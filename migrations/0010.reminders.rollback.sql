drop table crm.appointment_reminders, crm.reminder_policy_steps, crm.reminder_policies;
