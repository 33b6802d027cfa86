"""SQL that reads messages for lists and pages."""

from typing import Any, LiteralString

from bedside.accounts import Permission, SignedIn
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.messaging.views import MessageStep, MessageView

_MESSAGE: LiteralString = """
select q.id, q.channel, q.status, q.to_address as "to", p.id as patient_id,
       p.first_name || ' ' || p.last_name as patient_name, o.id as owner_id, o.name as owner_name, q.hospital_id,
       q.purpose, q.priority, q.template_key, q.language, q.about, q.about_id, q.subject,
       case when q.sensitive then null
       else regexp_replace(q.body, '/(m|o|u|sign|survey|preferences)/[A-Za-z0-9_-]{20,}', '/\\1/…', 'g') end as body,
       q.sensitive, q.provider_id, q.error_code, q.error, q.attempts, q.segments,
       trim_scale(q.price) as price, q.price_currency, q.price_category, q.billable, q.sender_id, q.repeats,
       q.created_by_name as created_by,
       q.not_before, q.created_at, q.sending_at, q.sent_at, q.delivered_at, q.read_at, q.ended_at
from communications.message_queue q
left join crm.patients p on q.person_kind = 'patient' and p.id = q.person_id
left join crm.hospital_owners o on q.person_kind = 'owner' and o.id = q.person_id
"""

MESSAGES: Listing[MessageView] = Listing(
    into=MessageView,
    select=_MESSAGE,
    sorts={"id": (Key("q.id", "bigint", "id"),)},
    default_sort="-id",
    filters={
        "hospital_ids": "(q.hospital_id is null or q.hospital_id = any(%(hospital_ids)s))",
        "hospital_id": "q.hospital_id = %(hospital_id)s",
        "patient_id": "q.person_kind = 'patient' and q.person_id = %(patient_id)s",
        "owner_id": "q.person_kind = 'owner' and q.person_id = %(owner_id)s",
        "owners": "(%(owners)s or q.person_kind is distinct from 'owner')",
        "status": "q.status = any(%(status)s)",
        "channel": "q.channel = %(channel)s",
        "about": "q.about = %(about)s",
        "about_id": "q.about_id = %(about_id)s",
        "campaign_id": "q.about = 'campaign' and q.about_id = %(campaign_id)s",
        "template_key": "q.template_key = %(template_key)s",
        "from": "q.created_at >= %(from)s",
        "to": "q.created_at < %(to)s",
        "search": "(q.to_address = %(search)s or crm.searchable(coalesce(p.first_name || ' ' || p.last_name, o.name))"
        " like '%%' || crm.searchable(%(search)s) || '%%')",
    },
)


def within(user: SignedIn) -> dict[str, Any]:
    """What somebody may see at all, as both lists and every question below take it: their hospitals' messages, and
    owners' only where they may read what is said to owners."""
    return {"hospital_ids": user.hospitals, "owners": user.may(Permission.OWNER_COMMUNICATIONS_READ)}


async def message(tx: Tx, *, message_id: int, user: SignedIn) -> MessageView | None:
    """One message, if they may see it."""
    return await tx.maybe(
        MessageView,
        _MESSAGE
        + """where q.id = %(id)s and (%(owners)s or q.person_kind is distinct from 'owner')
               and (%(hospital_ids)s::bigint[] is null or q.hospital_id is null
                    or q.hospital_id = any(%(hospital_ids)s))""",
        id=message_id,
        **within(user),
    )


async def steps(tx: Tx, *, message_id: int) -> list[MessageStep]:
    """What happened to a message, oldest first; that it was queued stands on the row itself."""
    return await tx.all(
        MessageStep,
        "select status, at, detail from communications.message_events where message_id = %(id)s order by id",
        id=message_id,
    )


async def counts(tx: Tx, *, user: SignedIn) -> dict[str, int]:
    """How many messages of the last day there are by status."""
    rows = await tx.rows(
        """select status, count(*) from communications.message_queue
           where created_at > %(now)s - interval '1 day'
             and (%(owners)s or person_kind is distinct from 'owner')
             and (%(hospital_ids)s::bigint[] is null or hospital_id is null or hospital_id = any(%(hospital_ids)s))
           group by status""",
        **within(user),
    )
    return {row[0]: row[1] for row in rows}


async def names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """What messages are called elsewhere."""
    rows = await tx.rows(
        "select id, channel, to_address from communications.message_queue where id = any(%(ids)s)", ids=ids
    )
    return {row[0]: f"{row[1]} to {row[2]}" for row in rows}
