drop table crm.online_bookings, crm.access_links;
