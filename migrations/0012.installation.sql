-- One row: when this database was first filled, and whether with the demonstration hospital.
create table crm.installation (
    only_one boolean primary key default true check (only_one),
    demonstration boolean not null,
    began_at timestamptz not null,
    ready_at timestamptz
);
