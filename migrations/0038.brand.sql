-- How a hospital's mail looks, and the pictures that mail shows.

create table communications.pictures (
    id bigint generated always as identity primary key,
    file_id bigint not null references crm.files,
    -- the beginning of its SHA-256: the same picture is there once, and nobody finds it who does not have it
    address text not null unique check (address ~ '^[0-9a-f]{32}\.(png|jpg|gif|webp)$'),
    name text not null check (length(name) between 1 and 200),
    -- what it says to those who do not see it
    words text not null default '' check (length(words) <= 300),
    wide integer not null check (wide between 1 and 20000),
    high integer not null check (high between 1 and 20000),
    added_by_name text not null default '',
    created_at timestamptz not null
);
create index pictures_newest on communications.pictures (created_at desc, id desc);

create table communications.brands (
    hospital_id bigint primary key references crm.hospitals,
    logo_id bigint references communications.pictures,
    main text not null check (main ~ '^#[0-9a-f]{6}$'),
    accent text not null check (accent ~ '^#[0-9a-f]{6}$'),
    text_on_main text not null check (text_on_main ~ '^#[0-9a-f]{6}$'),
    font text not null,
    footer text not null default '' check (length(footer) <= 500),
    links jsonb not null default '[]',
    version integer not null default 1,
    updated_at timestamptz not null
);
create index brands_by_logo on communications.brands (logo_id);
