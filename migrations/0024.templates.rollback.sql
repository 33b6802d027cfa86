-- squawk-ignore-file ban-drop-column
alter table communications.template_versions drop column mjml;
