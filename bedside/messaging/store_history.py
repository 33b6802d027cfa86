"""SQL that writes many past messages and answers at once, for a demonstration."""

from typing import Any

import msgspec

from bedside.kit.database import Tx
from bedside.messaging.model import Message
from bedside.messaging.store_sending import MESSAGE


async def waiting(tx: Tx, *, about: str, about_id: int) -> list[Message]:
    """What waits in the queue about something, whoever would send it."""
    return await tx.all(
        Message,
        "select "
        + MESSAGE
        + """ from communications.message_queue q
              where q.about = %(about)s and q.about_id = %(about_id)s and q.status = 'queued' order by q.id""",
        about=about,
        about_id=about_id,
    )


async def insert_looks(tx: Tx, *, opens: list[dict[str, Any]], clicks: list[dict[str, Any]]) -> None:
    """Writes that mails were opened and their links followed."""
    await tx.execute(
        """insert into communications.message_opens (message_id, at, machine)
           select message_id, at, machine
           from jsonb_to_recordset(%(opens)s::jsonb) as r (message_id bigint, at timestamptz, machine text)
           order by at""",
        opens=msgspec.json.encode(opens).decode(),
    )
    await tx.execute(
        """with followed as (
               select * from jsonb_to_recordset(%(clicks)s::jsonb)
                   as r (message_id bigint, at timestamptz, machine text, url text)),
           links as (
               insert into communications.tracked_links (message_id, position, target)
               select distinct message_id, 1, url from followed returning id, message_id)
           insert into communications.message_clicks (link_id, at, machine)
           select l.id, f.at, f.machine from followed f join links l on l.message_id = f.message_id order by f.at""",
        clicks=msgspec.json.encode(clicks).decode(),
    )


async def insert_messages(tx: Tx, rows: list[dict[str, Any]]) -> list[int]:
    """Writes messages with their receipts in the order given and gives their ids."""
    found = await tx.rows(
        """insert into communications.message_queue (idempotency_key, priority, channel, hospital_id, person_kind,
               person_id, to_address, purpose, template_key, language, about, about_id, subject, body, status,
               not_before, attempts, provider_id, error_code, error, segments, created_by_name, created_at, sending_at,
               sent_at, delivered_at, read_at, ended_at, sender_id)
           select 'demonstration:' || ordinality, 1, channel, hospital_id, 'patient', patient_id, to_address,
                  'transactional', template_key, language, about, about_id, subject, body, status, at, 1,
                  'demonstration-' || ordinality, error_code, error, segments, 'Bedside', at, at, sent_at, delivered_at,
                  read_at, coalesce(read_at, delivered_at, failed_at),
                  (select s.id from communications.senders s where s.channel = r.channel and s.active
                   order by s.id limit 1)
           from rows from (jsonb_to_recordset(%(rows)s::jsonb) as (channel text, hospital_id bigint, patient_id bigint,
               to_address text, template_key text, language text, about text, about_id bigint, subject text, body text,
               status text, error_code text, error text, segments smallint, at timestamptz, sent_at timestamptz,
               delivered_at timestamptz, read_at timestamptz, failed_at timestamptz)) with ordinality r
           order by ordinality returning id""",
        rows=msgspec.json.encode(rows).decode(),
    )
    ids = [row[0] for row in found]
    await tx.execute(
        """insert into communications.message_events (message_id, status, at, detail)
           select m.id, step.status, step.at, step.detail from communications.message_queue m
           cross join lateral (values
               ('queued', m.created_at, ''), ('sent', m.sent_at, ''), ('delivered', m.delivered_at, ''),
               ('read', m.read_at, ''),
               (m.status, case when m.status in ('failed', 'undelivered') then m.ended_at end, coalesce(m.error, '')))
               as step (status, at, detail)
           where m.id = any(%(ids)s) and step.at is not null order by step.at, m.id""",
        ids=ids,
    )
    return ids


async def insert_answers(tx: Tx, rows: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Writes what people answered, with their conversations; gives the ids of message and conversation."""
    written = msgspec.json.encode(rows).decode()
    await tx.execute(
        """insert into communications.conversations (channel, address, person_kind, person_id, needs_answer,
               last_inbound_at, last_message_at, created_at)
           select (array_agg(channel order by at desc))[1], (array_agg(from_address order by at desc))[1], 'patient',
                  patient_id, bool_or(acted = ''), max(at), max(at), min(at)
           from jsonb_to_recordset(%(rows)s::jsonb)
               as r (channel text, from_address text, patient_id bigint, acted text, at timestamptz)
           group by patient_id""",
        rows=written,
    )
    await tx.execute(
        """insert into communications.conversation_addresses (conversation_id, channel, address, last_inbound_at)
           select c.id, r.channel, r.from_address, max(r.at)
           from jsonb_to_recordset(%(rows)s::jsonb)
               as r (channel text, from_address text, patient_id bigint, at timestamptz)
           join communications.conversations c
               on c.person_kind = 'patient' and c.person_id = r.patient_id and c.merged_into is null
           group by c.id, r.channel, r.from_address""",
        rows=written,
    )
    await tx.execute(
        """insert into communications.conversation_waits (conversation_id, began_at)
           select c.id, min(r.at)
           from jsonb_to_recordset(%(rows)s::jsonb) as r (patient_id bigint, acted text, at timestamptz)
           join communications.conversations c
               on c.person_kind = 'patient' and c.person_id = r.patient_id and c.merged_into is null
           where r.acted = '' group by c.id""",
        rows=written,
    )
    found = await tx.rows(
        """insert into communications.inbound_messages (conversation_id, channel, provider, provider_id, from_address,
               to_address, body, received_at, answers, acted)
           select c.id, r.channel, case r.channel when 'whatsapp' then 'whatsapp_cloud' else 'twilio' end,
                  'demonstration-' || ordinality, r.from_address, r.to_address, r.body, r.at, r.answers, r.acted
           from rows from (jsonb_to_recordset(%(rows)s::jsonb) as (channel text, from_address text, to_address text,
               patient_id bigint, body text, at timestamptz, answers bigint, acted text)) with ordinality r
           join communications.conversations c
               on c.person_kind = 'patient' and c.person_id = r.patient_id and c.merged_into is null
           order by ordinality returning id, conversation_id""",
        rows=written,
    )
    return [(row[0], row[1]) for row in found]
