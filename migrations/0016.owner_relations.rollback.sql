drop table crm.owner_satisfaction, crm.owner_survey_links, crm.owner_surveys, crm.owner_survey_policy, crm.owner_links,
    crm.owner_notice_preferences, crm.owner_notices, crm.owner_communication_recipients, crm.owner_communications;
