drop table crm.tasks, crm.custom_values, crm.custom_fields, crm.taggings, crm.tags, crm.notes;
