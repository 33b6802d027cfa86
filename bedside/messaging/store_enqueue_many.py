"""SQL on the way into the queue for many at once; what it reads of each is what store_enqueue.py reads of one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.messaging import store_enqueue
from bedside.messaging.consent import Recipient
from bedside.messaging.model import PersonRef


async def hold_news(tx: Tx, *, people: Sequence[PersonRef]) -> None:
    """Waits until nobody else decides about news for these, in one order, so that two at once do not wait in a ring."""
    await tx.execute(
        """select pg_advisory_xact_lock(key)
           from (select hashtextextended('news ' || who, 0) as key
                 from unnest(%(who)s::text[]) as who order by 1) keys""",
        who=[f"{one.kind} {one.id}" for one in people],
    )


async def recipients(tx: Tx, *, people: Sequence[PersonRef], hospital_id: int | None) -> dict[PersonRef, Recipient]:
    """All that decides whether and where each may be written to. Owners are few, and asked for one by one."""
    ids = [one.id for one in people if one.kind == "patient"]
    patients = await store_enqueue.patients(tx, ids=ids, hospital_id=hospital_id)
    found = {PersonRef(id=id_): recipient for id_, recipient in patients.items()}
    for one in people:
        if one.kind == "owner" and (owner := await store_enqueue.owner(tx, owner_id=one.id, hospital_id=hospital_id)):
            found[one] = owner
    return found


async def news_around(
    tx: Tx, *, people: Sequence[PersonRef], since: datetime, until: datetime
) -> dict[PersonRef, list[datetime]]:
    """When each got, or is to get, other news; what did not arrive does not count."""
    times: dict[PersonRef, list[datetime]] = defaultdict(list)
    rows = await tx.rows(
        """select m.person_kind, m.person_id, coalesce(m.sent_at, m.not_before)
           from unnest(%(kinds)s::text[], %(ids)s::bigint[]) as who (kind, id)
           join communications.message_queue m on m.person_kind = who.kind and m.person_id = who.id
           where m.purpose = 'marketing' and m.status not in ('cancelled', 'failed', 'undelivered')
             and coalesce(m.sent_at, m.not_before) between %(since)s and %(until)s""",
        kinds=[one.kind for one in people],
        ids=[one.id for one in people],
        since=since,
        until=until,
    )
    for kind, id_, at in rows:
        times[PersonRef(kind=kind, id=id_)].append(at)
    return times


async def ids_of_keys(tx: Tx, *, keys: Sequence[str]) -> dict[str, int]:
    """The messages that have these keys."""
    rows = await tx.rows(
        """select idempotency_key, id from communications.message_queue
           where idempotency_key = any(%(keys)s::text[])""",
        keys=list(keys),
    )
    return dict(rows)


async def insert(tx: Tx, new: Sequence[store_enqueue.NewMessage]) -> dict[str, int]:
    """Puts messages into the queue and gives their ids by key; of those whose key was taken meanwhile the first's."""
    rows: list[dict[str, Any]] = [msgspec.structs.asdict(one) for one in new]
    made = await tx.rows(
        """insert into communications.message_queue
               (idempotency_key, priority, channel, sender_id, hospital_id, person_kind, person_id, to_address, purpose,
                template_key, language, about, about_id, variables, subject, body, sensitive, status, not_before,
                repeats, created_by_name, created_at)
           select r.idempotency_key, r.priority, r.channel, r.sender_id, r.hospital_id, r.person_kind, r.person_id,
                  r.to_address, r.purpose, r.template_key, r.language, r.about, r.about_id, r.variables, r.subject,
                  r.body, r.sensitive, 'queued', r.not_before, r.repeats, r.created_by_name, %(now)s
           from jsonb_populate_recordset(null::communications.message_queue, %(rows)s) as r
           on conflict (idempotency_key) do nothing returning idempotency_key, id""",
        rows=Jsonb(rows),
    )
    found = dict(made)
    lost = [one.idempotency_key for one in new if one.idempotency_key not in found]
    return found | (await ids_of_keys(tx, keys=lost) if lost else {})


async def take_back(tx: Tx, *, about: str, about_id: int) -> list[int]:
    """Takes out of the queue what waits there and was never tried, as if it had not been queued; gives the ids. What a
    sender holds in this moment is not waited for."""
    rows = await tx.rows(
        """delete from communications.message_queue where id in (
               select id from communications.message_queue
               where about = %(about)s and about_id = %(about_id)s and status = 'queued' and attempts = 0
               order by id for update skip locked)
           returning id""",
        about=about,
        about_id=about_id,
    )
    return [row[0] for row in rows]
