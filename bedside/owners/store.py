"""SQL of owners' records: who they are, and which hospitals they have a part in."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.owners.model import Owner, OwnerHospital, PossibleDuplicate

_COLUMNS: LiteralString = """
select o.id, o.kind, o.name, o.legal_name, o.registration_number, o.phone, o.email, o.language, o.time_zone,
       o.preferred_channel, o.address, o.country, o.tax_number_hint, o.account_manager_id, o.photo_file_id,
       array(select h.hospital_id from crm.owner_hospitals h where h.owner_id = o.id order by h.hospital_id)
           as hospital_ids,
       o.archived_at, o.created_at, o.updated_at, o.version"""
_FROM: LiteralString = "\nfrom crm.hospital_owners o\n"
OWNER: LiteralString = _COLUMNS + _FROM

# Staff of some hospitals see owners who have a part in one of these, or in none at all.
WITHIN: LiteralString = """(exists (select from crm.owner_hospitals h
                                    where h.owner_id = o.id and h.hospital_id = any(%(within)s::bigint[]))
                            or not exists (select from crm.owner_hospitals h where h.owner_id = o.id))"""


class Listed(Owner, kw_only=True):
    """An owner in the list, with what the list is sorted by, which its cursor carries."""

    sort_name: str


FILTERS: dict[str, LiteralString] = {
    "within": WITHIN,
    "archived": "(o.archived_at is not null) = %(archived)s",
    "kind": "o.kind = %(kind)s",
    "hospital_id": """exists (select from crm.owner_hospitals h
                              where h.owner_id = o.id and h.hospital_id = %(hospital_id)s)""",
    "account_manager_id": "o.account_manager_id = %(account_manager_id)s",
    "tag": """exists (select 1 from crm.taggings t join crm.tags g on g.id = t.tag_id
                      where t.subject = 'owner' and t.subject_id = o.id and lower(g.name) = lower(%(tag)s))""",
    # a name or a part of it, a phone's beginning or last digits, the beginning of an email
    "q": """(crm.searchable(o.name || ' ' || o.legal_name) like '%%' || crm.searchable(%(q)s) || '%%'
             -- each word typed begins one of the name, or is like it: a letter apart, or two where it is long; owners
             -- are few, so all are looked at
             or (cardinality(crm.words(%(q)s)) > 0 and not exists (
                 select from unnest(crm.words(%(q)s)) typed (word)
                 where not exists (
                     select from unnest(crm.words(o.name || ' ' || o.legal_name)) named (word)
                     where named.word like typed.word || '%%'
                        or (length(typed.word) > 3
                            and levenshtein_less_equal(left(typed.word, 60), left(named.word, 60), 2)
                                <= case when length(typed.word) > 5 then 2 else 1 end))))
             or lower(o.email) like lower(%(q)s) || '%%'
             or (length(regexp_replace(%(q)s, '\\D', '', 'g')) >= 4
                 and o.phone like '%%' || regexp_replace(%(q)s, '\\D', '', 'g') || '%%')
             or exists (select from crm.owner_contacts c where c.owner_id = o.id and c.archived_at is null
                        and (crm.searchable(c.name) like '%%' || crm.searchable(%(q)s) || '%%'
                             or lower(c.email) like lower(%(q)s) || '%%'
                             or (length(regexp_replace(%(q)s, '\\D', '', 'g')) >= 4
                                 and c.phone like '%%' || regexp_replace(%(q)s, '\\D', '', 'g') || '%%'))))""",
}

OWNERS = Listing(
    into=Listed,
    select=_COLUMNS + ", crm.searchable(o.name) as sort_name" + _FROM,
    sorts={
        "name": (Key('(crm.searchable(o.name) collate "C")', "text", "sort_name"), Key("o.id", "bigint", "id")),
        "created": (Key("o.created_at", "timestamptz", "created_at"), Key("o.id", "bigint", "id")),
        "id": (Key("o.id", "bigint", "id"),),
    },
    default_sort="name",
    filters=FILTERS,
)


async def owner(tx: Tx, owner_id: int) -> Owner | None:
    """An owner, archived or not."""
    return await tx.maybe(Owner, OWNER + "where o.id = %(id)s", id=owner_id)


async def owners(tx: Tx, ids: list[int]) -> list[Owner]:
    """Owners with the ids given, archived or not, by id."""
    return await tx.all(Owner, OWNER + "where o.id = any(%(ids)s) order by o.id", ids=ids)


async def seen_owner(tx: Tx, owner_id: int, within: list[int] | None) -> Owner | None:
    """An owner whom staff of these hospitals (None: every one) see."""
    return await tx.maybe(
        Owner,
        OWNER + "where o.id = %(id)s and (%(within)s::bigint[] is null or " + WITHIN + ")",
        id=owner_id,
        within=within,
    )


async def lock_owner(tx: Tx, owner_id: int) -> Owner | None:
    """An owner, for changing them."""
    return await tx.maybe(Owner, OWNER + "where o.id = %(id)s for no key update of o", id=owner_id)


async def insert_owner(tx: Tx, row: dict[str, Any]) -> int:
    """Adds an owner and gives the id."""
    return int(
        await tx.value(
            """insert into crm.hospital_owners (kind, name, legal_name, registration_number, phone, email, language,
                   time_zone, preferred_channel, address, country, account_manager_id, import_id, created_at,
                   updated_at)
               values (%(kind)s, %(name)s, %(legal_name)s, %(registration_number)s, %(phone)s, %(email)s, %(language)s,
                   %(time_zone)s, %(preferred_channel)s, %(address)s, %(country)s, %(account_manager_id)s,
                   %(import_id)s, %(now)s, %(now)s)
               returning id""",
            **({"import_id": None} | row),
        )
    )


async def update_owner(tx: Tx, changed: Owner) -> int:
    """Writes an owner's own row and gives the new version."""
    return int(
        await tx.value(
            """update crm.hospital_owners set kind = %(kind)s, name = %(name)s, legal_name = %(legal_name)s,
                   registration_number = %(registration_number)s, phone = %(phone)s, email = %(email)s,
                   language = %(language)s, time_zone = %(time_zone)s, preferred_channel = %(preferred_channel)s,
                   address = %(address)s, country = %(country)s, account_manager_id = %(account_manager_id)s,
                   archived_at = %(archived_at)s, version = version + 1, updated_at = %(now)s
               where id = %(id)s returning version""",
            **msgspec.structs.asdict(changed),
        )
    )


async def possible_duplicates(
    tx: Tx, *, name: str, phone: str | None, email: str | None, but: int, within: list[int] | None
) -> list[PossibleDuplicate]:
    """Who may be the same: called much alike, or reached at the same place."""
    return await tx.all(
        PossibleDuplicate,
        """select o.id, o.name,
                  case when o.phone = %(phone)s then 'the same phone' when o.email = %(email)s then 'the same email'
                       else 'a similar name' end as because
           from crm.hospital_owners o
           where o.archived_at is null and o.id <> %(but)s
             and (o.phone = %(phone)s or o.email = %(email)s
                  or similarity(crm.searchable(o.name), crm.searchable(%(name)s)) > 0.45)
             and (%(within)s::bigint[] is null or """
        + WITHIN
        + """)
           order by o.id limit 10""",
        name=name,
        phone=phone,
        email=email,
        but=but,
        within=within,
    )


async def names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """Names by id; ids of nobody are left out."""
    found = await tx.rows("select id, name from crm.hospital_owners where id = any(%(ids)s)", ids=ids)
    return {row[0]: row[1] for row in found}


async def hospitals_of(tx: Tx, owner_id: int) -> list[OwnerHospital]:
    """The hospitals that an owner has a part in, in the order in which they came to be."""
    return await tx.all(
        OwnerHospital,
        """select oh.hospital_id, h.name, oh.stake_percent, oh.since, oh.until
           from crm.owner_hospitals oh join crm.hospitals h on h.id = oh.hospital_id
           where oh.owner_id = %(owner_id)s order by oh.id""",
        owner_id=owner_id,
    )


async def set_stake(
    tx: Tx, *, owner_id: int, hospital_id: int, percent: Decimal | None, since: date | None, until: date | None
) -> None:
    """Gives an owner a part in a hospital, or makes it another."""
    await tx.execute(
        """insert into crm.owner_hospitals (owner_id, hospital_id, stake_percent, since, until, created_at)
           values (%(owner_id)s, %(hospital_id)s, %(percent)s, %(since)s, %(until)s, %(now)s)
           on conflict (owner_id, hospital_id) do update
           set stake_percent = excluded.stake_percent, since = excluded.since, until = excluded.until""",
        owner_id=owner_id,
        hospital_id=hospital_id,
        percent=percent,
        since=since,
        until=until,
    )


async def remove_stakes(tx: Tx, *, owner_id: int, hospital_ids: list[int]) -> None:
    """Takes hospitals off an owner."""
    await tx.execute(
        "delete from crm.owner_hospitals where owner_id = %(owner_id)s and hospital_id = any(%(ids)s)",
        owner_id=owner_id,
        ids=hospital_ids,
    )


class Stake(msgspec.Struct, frozen=True):
    """One owner's part in a hospital, with the days on which it holds."""

    owner_id: int
    stake_percent: Decimal
    since: date | None
    until: date | None


async def lock_stakes(tx: Tx, hospital_id: int) -> list[Stake]:
    """Every stake in a hospital, whose sum nobody else changes until the transaction ends."""
    await tx.rows("select id from crm.hospitals where id = %(id)s for no key update", id=hospital_id)
    return await tx.all(
        Stake,
        """select oh.owner_id, oh.stake_percent, oh.since, oh.until
           from crm.owner_hospitals oh join crm.hospital_owners o on o.id = oh.owner_id
           where oh.hospital_id = %(id)s and oh.stake_percent is not null and o.archived_at is null""",
        id=hospital_id,
    )


async def by_registration(tx: Tx, number: str, *, within: list[int] | None) -> Owner | None:
    """The owner with a registration number, of those whom staff of these hospitals (None: every one) see."""
    return await tx.maybe(
        Owner,
        OWNER
        + """where lower(o.registration_number) = lower(%(number)s) and o.archived_at is null
               and (%(within)s::bigint[] is null or """
        + WITHIN
        + ") order by o.id limit 1",
        number=number,
        within=within,
    )


async def reached_at(tx: Tx, value: str) -> list[tuple[int, int | None, str]]:
    """Owners, and contacts of owners, with a phone or an email: owner's id, contact's id if any, name."""
    found = await tx.rows(
        """select o.id, null::bigint, o.name from crm.hospital_owners o
           where o.archived_at is null and (o.phone = %(value)s or lower(o.email) = %(value)s)
           union all
           select o.id, c.id, c.name from crm.owner_contacts c join crm.hospital_owners o on o.id = c.owner_id
           where o.archived_at is null and c.archived_at is null
             and (c.phone = %(value)s or lower(c.email) = %(value)s)
           order by 1, 2 nulls first limit 50""",
        value=value,
    )
    return [(row[0], row[1], row[2]) for row in found]


async def first_country(tx: Tx, hospital_ids: list[int]) -> str | None:
    """The country of the first of these hospitals, else of the group's first: for phones given without one."""
    country: str | None = await tx.value(
        """select country from crm.hospitals where archived_at is null
           order by (id = any(%(ids)s)) desc, id limit 1""",
        ids=hospital_ids,
    )
    return country


def export(tx: Tx, filters: dict[str, Any]) -> AsyncIterator[Owner]:
    """Owners one by one, by id. A filter that is None does not count."""
    return tx.stream(
        Owner,
        OWNER
        + """where (%(within)s::bigint[] is null or """
        + WITHIN
        + """)
               and (%(archived)s::boolean is null or (o.archived_at is not null) = %(archived)s)
               and (%(kind)s::text is null or o.kind = %(kind)s)
               and (%(hospital_id)s::bigint is null or exists (select from crm.owner_hospitals h
                    where h.owner_id = o.id and h.hospital_id = %(hospital_id)s))
               and (%(account_manager_id)s::bigint is null or o.account_manager_id = %(account_manager_id)s)
               and (%(tag)s::text is null or exists (select 1 from crm.taggings t join crm.tags g on g.id = t.tag_id
                    where t.subject = 'owner' and t.subject_id = o.id and lower(g.name) = lower(%(tag)s)))
               and (%(q)s::text is null or """
        + FILTERS["q"]
        + """)
             order by o.id""",
        **filters,
    )
