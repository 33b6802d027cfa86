drop table communications.template_versions, communications.templates;
