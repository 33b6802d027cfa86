alter table communications.campaigns drop constraint campaigns_seen_by_who_approved, drop column approved_people, drop column approved_versions;
