drop table communications.audience_departures;
drop table communications.audience_codes;
drop table communications.audience_links;
drop table communications.audience_words;
