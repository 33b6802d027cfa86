"""SQL of automatic notices, of who gets which, and of the links to owners' own pages."""

from datetime import datetime, timedelta
from typing import LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.owner_relations.model import Notice, NoticePreference, OwnerLink

_NOTICE: LiteralString = """
select kind, enabled, template_key, channels, send_by, version, updated_by_name as updated_by, updated_at
from crm.owner_notices
"""
_LINK: LiteralString = """
select id, owner_id, contact_id, expires_at, created_by_name as created_by, created_at, last_used_at, revoked_at
from crm.owner_links
"""


async def notices(tx: Tx) -> list[Notice]:
    """Every notice."""
    return await tx.all(Notice, _NOTICE + "order by kind")


async def notice(tx: Tx, kind: str, *, lock: bool = False) -> Notice | None:
    """One notice; `lock`: nobody else changes it until this transaction ends."""
    return await tx.maybe(
        Notice, _NOTICE + ("where kind = %(kind)s for update" if lock else "where kind = %(kind)s"), kind=kind
    )


async def update_notice(tx: Tx, one: Notice, *, by: str) -> Notice:
    """Writes a notice's next version."""
    return await tx.one(
        Notice,
        """update crm.owner_notices
           set enabled = %(enabled)s, template_key = %(template_key)s, channels = %(channels)s, send_by = %(send_by)s,
               version = version + 1, updated_by_name = %(by)s, updated_at = %(now)s
           where kind = %(kind)s
           returning kind, enabled, template_key, channels, send_by, version, updated_by_name as updated_by,
                     updated_at""",
        kind=one.kind,
        enabled=one.enabled,
        template_key=one.template_key,
        channels=one.channels,
        send_by=one.send_by,
        by=by,
    )


async def preferences(tx: Tx, *, owner_id: int, kind: str | None = None) -> list[NoticePreference]:
    """What is said of an owner's notices, of one kind where it is named; nobody who was put away."""
    return await tx.all(
        NoticePreference,
        """select p.kind, p.contact_id, p.channels from crm.owner_notice_preferences p
           left join crm.owner_contacts c on c.id = p.contact_id
           where p.owner_id = %(owner_id)s and c.archived_at is null
             and (%(kind)s::text is null or p.kind = %(kind)s::text)
           order by p.kind, p.contact_id nulls first""",
        owner_id=owner_id,
        kind=kind,
    )


async def lock_owner(tx: Tx, *, owner_id: int) -> None:
    """Nobody else says who gets this owner's notices until the transaction ends."""
    await tx.rows("select id from crm.hospital_owners where id = %(id)s for no key update", id=owner_id)


async def replace_preferences(tx: Tx, *, owner_id: int, preferences: list[NoticePreference], by: str) -> None:
    """Makes these all that is said of an owner's notices."""
    await tx.execute("delete from crm.owner_notice_preferences where owner_id = %(owner_id)s", owner_id=owner_id)
    await tx.execute_many(
        """insert into crm.owner_notice_preferences (owner_id, contact_id, kind, channels, updated_by_name, updated_at)
           values (%(owner_id)s, %(contact_id)s, %(kind)s, %(channels)s, %(by)s, %(now)s)""",
        [
            {"owner_id": owner_id, "contact_id": p.contact_id, "kind": p.kind, "channels": p.channels, "by": by}
            for p in preferences
        ],
    )


async def insert_link(
    tx: Tx, *, token_hash: bytes, owner_id: int, contact_id: int | None, holds: timedelta, by: str
) -> int:
    """Keeps a link, hashed, and gives its id."""
    made: int = await tx.value(
        """insert into crm.owner_links (token_hash, owner_id, contact_id, expires_at, created_by_name, created_at)
           values (%(token_hash)s, %(owner_id)s, %(contact_id)s, %(now)s + %(holds)s, %(by)s, %(now)s)
           returning id""",
        token_hash=token_hash,
        owner_id=owner_id,
        contact_id=contact_id,
        holds=holds,
        by=by,
    )
    return made


class UsedLink(msgspec.Struct, kw_only=True):
    """A link as it is opened, with the name of whom it was made for."""

    id: int
    owner_id: int
    contact_id: int | None
    contact_name: str | None
    language: str
    expires_at: datetime
    over: bool


async def link_of_token(tx: Tx, *, token_hash: bytes) -> UsedLink | None:
    """The link with this hash; `over` where it ran out, was taken back, or was made for somebody who was put away."""
    return await tx.maybe(
        UsedLink,
        """select l.id, l.owner_id, l.contact_id, c.name as contact_name, l.expires_at,
                  coalesce(c.language, o.language) as language,
                  l.expires_at <= %(now)s or l.revoked_at is not null or c.archived_at is not null
                      or o.archived_at is not null as over
           from crm.owner_links l
           join crm.hospital_owners o on o.id = l.owner_id
           left join crm.owner_contacts c on c.id = l.contact_id
           where l.token_hash = %(token_hash)s""",
        token_hash=token_hash,
    )


async def used(tx: Tx, *, link_id: int) -> None:
    """Notes that a link was used, at most once a minute."""
    await tx.write(
        """update crm.owner_links set last_used_at = %(now)s
           where id = %(id)s and (last_used_at is null or last_used_at < %(now)s - interval '1 minute')""",
        id=link_id,
    )


async def links(tx: Tx, *, owner_id: int) -> list[OwnerLink]:
    """The newest links of an owner, those that are over too."""
    return await tx.all(
        OwnerLink, _LINK + "where owner_id = %(owner_id)s order by id desc limit 100", owner_id=owner_id
    )


async def revoke_link(tx: Tx, *, owner_id: int, link_id: int) -> OwnerLink | None:
    """Takes a link back; None where the owner has no such link."""
    await tx.execute(
        """update crm.owner_links set revoked_at = %(now)s
           where id = %(id)s and owner_id = %(owner_id)s and revoked_at is null""",
        id=link_id,
        owner_id=owner_id,
    )
    return await tx.maybe(
        OwnerLink, _LINK + "where id = %(id)s and owner_id = %(owner_id)s", id=link_id, owner_id=owner_id
    )


async def end_links(tx: Tx, *, owner_id: int) -> list[int]:
    """Takes back an owner's links that nobody is to use any more: every one where the owner was put away, else those of
    contacts who were. Gives their ids."""
    rows = await tx.rows(
        """update crm.owner_links l set revoked_at = %(now)s
           from crm.hospital_owners o
           where o.id = l.owner_id and l.owner_id = %(owner_id)s and l.revoked_at is null and l.expires_at > %(now)s
             and (o.archived_at is not null
                  or exists (select from crm.owner_contacts c where c.id = l.contact_id and c.archived_at is not null))
           returning l.id""",
        owner_id=owner_id,
    )
    return sorted(row[0] for row in rows)


async def templates_by_hand(tx: Tx) -> list[tuple[str, str]]:
    """Keys and names of the templates that staff send by hand: the hospital's own for owners, and the link to their
    pages. The others that ship are filled in by what they are about."""
    rows = await tx.rows(
        """select key, name from communications.templates
           where category = 'owner' and purpose = 'transactional' and archived_at is null
             and (not shipped or key = 'owner_page_link')
           order by name, key"""
    )
    return [(row[0], row[1]) for row in rows]


async def templates_for_notices(tx: Tx) -> list[tuple[str, str]]:
    """Keys and names of the templates that a notice can have."""
    rows = await tx.rows(
        """select key, name from communications.templates
           where category = 'owner' and purpose = 'transactional' and archived_at is null order by name, key"""
    )
    return [(row[0], row[1]) for row in rows]
