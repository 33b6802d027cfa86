drop table crm.feedback_recoveries, crm.feedback_responses, crm.feedback_answers, crm.feedback_stars,
    crm.patient_feedback, crm.feedback_links, crm.feedback_invitations, crm.feedback_policies,
    crm.feedback_form_versions, crm.feedback_forms, crm.feedback_categories;
