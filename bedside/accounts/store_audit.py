"""SQL of the audit log. Rows are never changed: a trigger refuses it."""

from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from bedside.accounts.model import AuditEntry
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_FILTERS: dict[str, LiteralString] = {
    "actor_kind": "actor_kind = %(actor_kind)s",
    "actor_id": "actor_id = %(actor_id)s",
    "action": "action like replace(replace(%(action)s, '_', '\\_'), '%%', '\\%%') || '%%'",
    "actor_name": "crm.searchable(actor_name) like '%%' || crm.searchable(%(actor_name)s) || '%%'",
    "subject": "subject = %(subject)s",
    "subject_id": "subject_id = %(subject_id)s",
    "patient_id": "patient_id = %(patient_id)s",
    "since": "at >= %(since)s",
    "until": "at < %(until)s",
}

AUDIT = Listing(
    into=AuditEntry,
    select="""select id, at, actor_kind, actor_id, actor_name, action, subject, subject_id, patient_id, before, after,
                     host(address) as address
              from crm.audit_log""",
    filters=_FILTERS
    | {
        # an entry is of the hospitals of whoever made it: what it is about may belong to the group, as patients do
        "within": """(actor_kind = 'staff' and actor_id in
                         (select s.id from crm.staff s where not s.every_hospital
                          and s.hospital_ids && %(within)s::bigint[])
                      or actor_kind = 'api_key' and actor_id in
                         (select k.id from crm.api_keys k where not k.every_hospital
                          and k.hospital_ids <@ %(within)s::bigint[]))"""
    },
    sorts={"id": (Key("id", "bigint", "id"),)},
    default_sort="-id",
)

# What the event log keeps is not written a second time (decision 0001); it reads as entries of the same shape.
DEEDS = Listing(
    into=AuditEntry,
    select="""select id, at, actor_kind, actor_id, actor_name, action, subject, subject_id, patient_id, before, after,
                     address
              from (select id, occurred_at as at, actor_kind, actor_id, actor_name, kind as action, subject, subject_id,
                           patient_id, null::jsonb as before, data as after, null::text as address, hospital_id
                    from crm.event_log) deeds""",
    filters=_FILTERS | {"within": "(hospital_id is null or hospital_id = any(%(within)s::bigint[]))"},
    sorts={"id": (Key("id", "bigint", "id"),)},
    default_sort="-id",
)


async def append(
    tx: Tx,
    *,
    actor: Actor,
    action: str,
    subject: str,
    subject_id: int | None,
    patient_id: int | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    address: str | None,
) -> None:
    """Writes one entry."""
    await tx.execute(
        """insert into crm.audit_log (at, actor_kind, actor_id, actor_name, action, subject, subject_id, patient_id,
                                      before, after, address)
           values (%(now)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(action)s, %(subject)s, %(subject_id)s,
                   %(patient_id)s, %(before)s, %(after)s, %(address)s::inet)""",
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        action=action,
        subject=subject,
        subject_id=subject_id,
        patient_id=patient_id,
        before=None if before is None else Jsonb(before),
        after=None if after is None else Jsonb(after),
        address=address,
    )


async def deed_subjects(tx: Tx) -> list[str]:
    """As `subjects`, of the event log."""
    rows = await tx.rows(
        """with recursive each as (
               (select subject from crm.event_log order by subject limit 1)
               union all
               select (select subject from crm.event_log where subject > each.subject order by subject limit 1)
               from each where each.subject is not null
           )
           select subject from each where subject is not null"""
    )
    return [subject for (subject,) in rows]


async def subjects(tx: Tx) -> list[str]:
    """Every noun that the log speaks of, by name: found by leaping along the index, whatever the log's length."""
    rows = await tx.rows(
        """with recursive each as (
               (select subject from crm.audit_log order by subject limit 1)
               union all
               select (select subject from crm.audit_log where subject > each.subject order by subject limit 1)
               from each where each.subject is not null
           )
           select subject from each where subject is not null"""
    )
    return [subject for (subject,) in rows]


async def was_read_lately(tx: Tx, *, actor: Actor, patient_id: int) -> bool:
    """Whether the same person's reading of the same record was written down within the last minute."""
    return bool(
        await tx.value(
            """select true from crm.audit_log
               where patient_id = %(patient_id)s and action = 'patient.read' and actor_kind = %(kind)s
                 and actor_id is not distinct from %(id)s and at > %(now)s - interval '1 minute' and at <= %(now)s
               limit 1""",
            patient_id=patient_id,
            kind=actor.kind,
            id=actor.id,
        )
    )
