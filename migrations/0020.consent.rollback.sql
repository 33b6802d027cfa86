drop table communications.contact_policies;
drop index communications.suppressions_address;
drop index communications.suppressions_in_force;
-- stops of news alone have no place in what was before
delete from communications.suppressions where purpose is not null;
alter table communications.suppressions drop column purpose, drop column created_by_name, drop column lifted_by_name;
create unique index suppressions_in_force on communications.suppressions (channel, address, coalesce(sender_id, 0))
    where lifted_at is null;
