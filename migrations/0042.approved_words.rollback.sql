alter table communications.campaigns drop column approved_people, drop column approved_versions;
