"""SQL of audiences and lists."""

from typing import LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.campaigns.audience_model import Audience, AudienceVersion
from bedside.campaigns.rules import Rule
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_SELECT: LiteralString = """
select a.id, a.name, a.description, a.whose, a.kind, a.rule, a.hospital_id, a.archived_at, a.created_by_name,
       a.created_at, a.updated_at, a.version,
       case when a.kind = 'list'
            then (select count(*) from communications.audience_members m where m.audience_id = a.id) end as members
from communications.audiences a"""


AUDIENCES = Listing(
    into=Audience,
    select=_SELECT,
    sorts={
        "name": (Key('(a.name collate "C")', "text", "name"), Key("a.id", "bigint", "id")),
        "created": (Key("a.created_at", "timestamptz", "created_at"), Key("a.id", "bigint", "id")),
    },
    default_sort="-created",
    filters={
        "archived": "(a.archived_at is not null) = %(archived)s",
        "whose": "a.whose = %(whose)s",
        "kind": "a.kind = %(kind)s",
        "hospital_id": "a.hospital_id = %(hospital_id)s",
        "within": "(a.hospital_id is null or a.hospital_id = any(%(within)s::bigint[]))",
        "q": "crm.searchable(a.name) like '%%' || crm.searchable(%(q)s) || '%%'",
    },
)


async def audience(tx: Tx, audience_id: int, *, lock: bool = False) -> Audience | None:
    """An audience, put away or not."""
    query: LiteralString = _SELECT + " where a.id = %(id)s" + (" for update of a" if lock else "")
    return await tx.maybe(Audience, query, id=audience_id)


async def insert(
    tx: Tx,
    *,
    name: str,
    description: str,
    whose: str,
    kind: str,
    rule: Rule,
    hospital_id: int | None,
    by: str,
) -> int | None:
    """Adds an audience with its first version, and gives its id; None where the name is taken."""
    made: int | None = await tx.value(
        """with added as (
               insert into communications.audiences
                   (name, description, whose, kind, rule, hospital_id, created_by_name, created_at, updated_at)
               values (%(name)s, %(description)s, %(whose)s, %(kind)s, %(rule)s, %(hospital_id)s, %(by)s, %(now)s,
                       %(now)s)
               on conflict (lower(name)) where archived_at is null do nothing returning id),
           noted as (
               insert into communications.audience_versions (audience_id, version, rule, changed_by_name, changed_at)
               select id, 1, %(rule)s, %(by)s, %(now)s from added where %(kind)s = 'rule')
           select id from added""",
        name=name,
        description=description,
        whose=whose,
        kind=kind,
        rule=_json(rule),
        hospital_id=hospital_id,
        by=by,
    )
    return made


async def name_taken(tx: Tx, *, name: str, but: int) -> bool:
    """Whether another audience that is not put away has this name."""
    return bool(
        await tx.value(
            """select exists (select from communications.audiences
               where lower(name) = lower(%(name)s) and archived_at is null and id <> %(but)s)""",
            name=name,
            but=but,
        )
    )


async def update(tx: Tx, *, changed: Audience, by: str, new_rule: bool) -> None:
    """Writes an audience as it is now, one version on; a new rule is noted."""
    await tx.execute(
        """with changed as (
               update communications.audiences
               set name = %(name)s, description = %(description)s, rule = %(rule)s, archived_at = %(archived_at)s,
                   updated_at = %(now)s, version = version + 1
               where id = %(id)s returning id, version)
           insert into communications.audience_versions (audience_id, version, rule, changed_by_name, changed_at)
           select id, version, %(rule)s, %(by)s, %(now)s from changed where %(new_rule)s""",
        id=changed.id,
        name=changed.name,
        description=changed.description,
        rule=_json(changed.rule),
        archived_at=changed.archived_at,
        by=by,
        new_rule=new_rule,
    )


async def versions(tx: Tx, audience_id: int) -> list[AudienceVersion]:
    """The rules that it has had, the newest first."""
    return await tx.all(
        AudienceVersion,
        """select version, rule, changed_by_name, changed_at from communications.audience_versions
           where audience_id = %(id)s order by version desc""",
        id=audience_id,
    )


def _json(rule: Rule) -> Jsonb:
    return Jsonb(msgspec.to_builtins(rule))
