drop table communications.audience_members;
drop table communications.audience_versions;
drop table communications.audiences;
