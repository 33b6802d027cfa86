"""SQL of lists' links, of the codes asked for by them, and of who left which list."""

from datetime import datetime
from typing import LiteralString

import msgspec
from psycopg import sql

from bedside.campaigns.link_model import Asking, KeptLink, OpenList
from bedside.campaigns.rules import Whose
from bedside.campaigns.store_reach import WITHIN
from bedside.kit.database import Tx


async def link(tx: Tx, *, list_id: int) -> KeptLink | None:
    """The link of a list that is in force."""
    return await tx.maybe(
        KeptLink,
        """select sealed, made_by_name, made_at from communications.audience_links
           where audience_id = %(list_id)s and withdrawn_at is null""",
        list_id=list_id,
    )


async def insert_link(tx: Tx, *, list_id: int, token_hash: bytes, sealed: bytes, by: str) -> None:
    """Gives a list a link; the one that it had has to be withdrawn before."""
    await tx.execute(
        """insert into communications.audience_links (audience_id, token_hash, sealed, made_by_name, made_at)
           values (%(list_id)s, %(token_hash)s, %(sealed)s, %(by)s, %(now)s)""",
        list_id=list_id,
        token_hash=token_hash,
        sealed=sealed,
        by=by,
    )


async def withdraw(tx: Tx, *, list_id: int) -> bool:
    """Takes a list's link back; whether it had one."""
    return (
        await tx.execute(
            """update communications.audience_links set withdrawn_at = %(now)s
               where audience_id = %(list_id)s and withdrawn_at is null""",
            list_id=list_id,
        )
        > 0
    )


async def opened(tx: Tx, *, token_hash: bytes) -> OpenList | None:
    """The list in use that a link leads to."""
    return await tx.maybe(
        OpenList,
        """select l.id as link_id, a.id as list_id, a.name, a.description, a.whose, a.hospital_id
           from communications.audience_links l join communications.audiences a on a.id = l.audience_id
           where l.token_hash = %(token_hash)s and l.withdrawn_at is null and a.archived_at is null""",
        token_hash=token_hash,
    )


async def codes_since(tx: Tx, *, since: datetime, address: str, asked_from: str | None) -> tuple[int, int]:
    """How many codes an address was sent since then, and how many were asked for from a place."""
    [row] = await tx.rows(
        """select (select count(*) from communications.audience_codes
                   where address = %(address)s and sent_at > %(since)s),
                  (select count(*) from communications.audience_codes
                   where asked_from = %(asked_from)s and sent_at > %(since)s)""",
        address=address,
        asked_from=asked_from,
        since=since,
    )
    return row[0], row[1]


async def insert_code(
    tx: Tx,
    *,
    link_id: int,
    ticket_hash: bytes,
    channel: str,
    address: str,
    code_hash: bytes,
    language: str,
    words: str,
    asked_from: str | None,
) -> int:
    """Keeps a code that is sent, and gives its id."""
    made: int = await tx.value(
        """insert into communications.audience_codes
               (link_id, ticket_hash, channel, address, code_hash, language, words, asked_from, sent_at)
           values (%(link_id)s, %(ticket_hash)s, %(channel)s, %(address)s, %(code_hash)s, %(language)s, %(words)s,
                   %(asked_from)s, %(now)s)
           returning id""",
        link_id=link_id,
        ticket_hash=ticket_hash,
        channel=channel,
        address=address,
        code_hash=code_hash,
        language=language,
        words=words,
        asked_from=asked_from,
    )
    return made


async def asking(tx: Tx, *, link_id: int, ticket_hash: bytes) -> Asking | None:
    """Who was sent a code by this link, locked: two guesses at once are two guesses."""
    return await tx.maybe(
        Asking,
        """select id, channel, address, code_hash, attempts, language, words, sent_at, used_at
           from communications.audience_codes
           where link_id = %(link_id)s and ticket_hash = %(ticket_hash)s for update""",
        link_id=link_id,
        ticket_hash=ticket_hash,
    )


async def count_attempt(tx: Tx, *, code_id: int) -> None:
    """Counts a wrong guess."""
    await tx.execute("update communications.audience_codes set attempts = attempts + 1 where id = %(id)s", id=code_id)


async def use(tx: Tx, *, code_id: int) -> None:
    """A code works once."""
    await tx.execute("update communications.audience_codes set used_at = %(now)s where id = %(id)s", id=code_id)


class OnList(msgspec.Struct, kw_only=True):
    """A list that somebody is on."""

    id: int
    name: str
    hospital_id: int | None


async def lists_of(tx: Tx, *, whose: Whose, person_id: int) -> list[OnList]:
    """The lists in use that a patient or owner is on."""
    return await tx.all(
        OnList,
        """select a.id, a.name, a.hospital_id
           from communications.audience_members m join communications.audiences a on a.id = m.audience_id
           where m.person_id = %(person_id)s and a.whose = %(whose)s and a.kind = 'list' and a.archived_at is null
           order by lower(a.name)""",
        person_id=person_id,
        whose=whose,
    )


class Departure(msgspec.Struct, kw_only=True):
    """Somebody who left a list, or was taken off it by `left_by_name`."""

    person_id: int
    name: str
    left_how: str
    left_by_name: str
    left_at: datetime


_WHO: dict[Whose, LiteralString] = {"patients": "crm.patients", "owners": "crm.hospital_owners"}
_NAME: dict[Whose, LiteralString] = {"patients": "p.first_name || ' ' || p.last_name", "owners": "p.name"}


async def departures(tx: Tx, *, list_id: int, whose: Whose, within: list[int] | None) -> list[Departure]:
    """The last who left a list and are not on it again."""
    query = sql.SQL(
        """select d.person_id, {} as name, d.left_how, d.left_by_name, d.left_at
           from communications.audience_departures d join {} p on p.id = d.person_id
           where d.audience_id = %(list_id)s and d.put_back_at is null
             and (%(within)s::bigint[] is null or {})
             and not exists (select from communications.audience_members m
                             where m.audience_id = d.audience_id and m.person_id = d.person_id)
           order by d.left_at desc, d.id desc limit 20"""
    ).format(sql.SQL(_NAME[whose]), sql.SQL(_WHO[whose]), sql.SQL(WITHIN[whose]))
    return await tx.all(Departure, query, list_id=list_id, within=within)
