-- Lists that people join and leave themselves: by a word that they text, or by a link with a code. Who left, and how.
-- squawk-ignore-file require-concurrent-index-creation

create table communications.audience_words (
    id bigint generated always as identity primary key,
    audience_id bigint not null references communications.audiences,
    -- as it is shown, and as it is heard: in small letters, without accents and punctuation
    word text not null check (length(word) between 2 and 40),
    folded text not null check (length(folded) between 2 and 60),
    does text not null check (does in ('join', 'leave')),
    language text,
    -- false while the list is put away: another may take the word meanwhile
    in_use boolean not null default true
);
create unique index audience_words_heard on communications.audience_words (folded) where in_use;
create index audience_words_of on communications.audience_words (audience_id);

create table communications.audience_links (
    id bigint generated always as identity primary key,
    audience_id bigint not null references communications.audiences,
    token_hash bytea not null unique,
    -- the same 128 bits, sealed: staff see the link again, who reads the database does not
    sealed bytea not null,
    made_by_name text not null,
    made_at timestamptz not null,
    withdrawn_at timestamptz
);
create unique index audience_links_one on communications.audience_links (audience_id) where withdrawn_at is null;

-- a code on its way to whoever asked by a list's link
create table communications.audience_codes (
    id bigint generated always as identity primary key,
    link_id bigint not null references communications.audience_links,
    ticket_hash bytea not null unique,
    channel text not null check (channel in ('sms', 'email')),
    address text not null check (length(address) <= 320),
    code_hash bytea not null,
    attempts smallint not null default 0,
    language text not null,
    -- what they read and agreed to
    words text not null,
    asked_from text,
    sent_at timestamptz not null,
    used_at timestamptz
);
create index audience_codes_address on communications.audience_codes (address, sent_at);
create index audience_codes_asked_from on communications.audience_codes (asked_from, sent_at);

create table communications.audience_departures (
    id bigint generated always as identity primary key,
    audience_id bigint not null references communications.audiences,
    person_id bigint not null,
    -- how they had come, to put them back as they were
    how text not null check (how in ('hand', 'file', 'word', 'link')),
    added_by_name text not null,
    added_at timestamptz not null,
    left_how text not null check (left_how in ('hand', 'word', 'link')),
    left_by_name text not null,
    left_at timestamptz not null,
    put_back_at timestamptz
);
create index audience_departures_of on communications.audience_departures (audience_id, left_at);

-- the lists that somebody is on
create index audience_members_person on communications.audience_members (person_id);
