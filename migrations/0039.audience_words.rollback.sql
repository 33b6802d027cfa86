drop index communications.audience_members_person;
drop table communications.audience_departures;
drop table communications.audience_codes;
drop table communications.audience_links;
drop table communications.audience_words;
