"""Receipts a second: how many the webhook takes over HTTP, signed, and how many the worker applies, of reminders (with
their events, and the reminders moved) and of bulk; beside them requests that do nothing, and bare updates of the rows.

One web process, one worker's loop, one embedded database with durability as in production. An argument gives another
number of receipts.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import sys
import time
from urllib.parse import parse_qsl, urlsplit

import psycopg

from bedside import reactions
from bedside.kit.database import Database
from bedside.messaging.applying import apply_statuses
from bedside.messaging.keeping import keep
from bench._hospital import SECRET_KEY, database, fill, free_port, main, monday, serving

RECEIPTS = 9_000
STEPS = ("sent", "delivered", "read")
CONNECTIONS = 32
TOKEN = "a token of the measurement's"  # noqa: S105


def fill_messages(url: str, messages: int) -> None:
    """Messages on their way: the first half reminders of visits, the other bulk."""
    with psycopg.connect(url, autocommit=True) as connection:
        run = connection.execute
        run("""insert into communications.senders (channel, provider, address, created_at, updated_at)
               values ('whatsapp', 'twilio', '+12125550100', now(), now())""")
        run(
            """insert into communications.message_queue (idempotency_key, priority, channel, sender_id, hospital_id,
                   person_kind, person_id, to_address, purpose, template_key, about, status, not_before, lease_until,
                   created_at, sending_at)
               select 'bench:' || n, case when n <= %(half)s then 1 else 5 end, 'whatsapp', 1, 1, 'patient', n,
                      '+1212' || n, 'transactional', 'appointment_reminder',
                      case when n <= %(half)s then 'reminder' end,
                      'sending', now(), now() + interval '1 hour', now(), now()
               from generate_series(1, %(messages)s) n""",
            {"messages": messages, "half": messages // 2},
        )
        run(
            """insert into crm.appointments (hospital_id, department_id, practitioner_id, patient_id, lane, during,
                   occupied, status, source, booked_by_name, created_at, updated_at)
               select 1, 1, 1, n, 1, tstzrange(at, at + '30 minutes'), tstzrange(at, at + '30 minutes'), 'scheduled',
                      'desk', 'Bench', now(), now()
               from (select n, %(at)s::timestamptz + n * interval '30 minutes' as at
                     from generate_series(1, %(half)s) n) visits""",
            {"at": monday(), "half": messages // 2},
        )
        run("""insert into crm.appointment_reminders (appointment_id, patient_id, hospital_id, step_id, channel,
                   for_start, due_at, status, message_id, created_at, updated_at)
               select id, patient_id, 1, 1, 'whatsapp', starts_at, now(), 'scheduled', patient_id, now(), now()
               from crm.appointments""")
        run("vacuum analyze")


def receipt(message_id: int, status: str) -> bytes:
    """What Twilio posts of a message."""
    return (
        f"ApiVersion=2010-04-01&MessageStatus={status}&SmsSid=SM{message_id:032x}&SmsStatus={status}"
        f"&AccountSid=AC{0:032x}&MessageSid=SM{message_id:032x}&From=whatsapp%3A%2B12125550100"
    ).encode()


async def apply_those(pool: Database, ids: range) -> float:
    """Seconds to apply every step of these messages, the last step first."""
    async with pool.transaction() as tx:
        for status in reversed(STEPS):
            for one in ids:
                await keep(tx, provider="twilio", kind=f"status:{one}", body=receipt(one, status))
    began = time.perf_counter()
    while await apply_statuses(pool, secret=SECRET_KEY):
        pass
    return time.perf_counter() - began


async def bare(pool: Database, ids: range) -> float:
    """Seconds for the statements that cannot be saved: each message's row changed, five hundred at a time."""
    began = time.perf_counter()
    for at in range(0, len(ids), 500):
        async with pool.transaction() as tx:
            await tx.execute(
                "update communications.message_queue set status = 'read', read_at = %(now)s where id = any(%(ids)s)",
                ids=list(ids[at : at + 500]),
            )
    return time.perf_counter() - began


def signed(host: str, one: int) -> bytes:
    """A receipt as it goes over the wire, signed as Twilio signs."""
    path, body = f"/webhooks/twilio/status/{one}", receipt(one, "sent")
    fields = "".join(name + value for name, value in sorted(parse_qsl(body.decode())))
    mark = base64.b64encode(hmac.new(TOKEN.encode(), f"http://{host}{path}{fields}".encode(), hashlib.sha1).digest())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {mark.decode()}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def ask_all(address: str, requests: list[bytes], *, expect: bytes) -> float:
    """Seconds to ask all of these, over connections that stay, one after the other on each."""
    url = urlsplit(address)
    left = iter(requests)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        for request in left:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert expect in head[:20], head
            if length := re.search(rb"content-length: (\d+)", head, re.IGNORECASE):
                await reader.readexactly(int(length[1]))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began


async def accept(address: str, number: int, first: int) -> tuple[float, float]:
    """Seconds to hand in so many receipts, and to ask as often for what does nothing."""
    host = urlsplit(address).netloc
    nothing = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    warm = [signed(host, one) for one in range(first, first + 500)]
    await ask_all(address, warm, expect=b" 204")
    receipts = [signed(host, one) for one in range(first + 500, first + 500 + number)]
    return (
        await ask_all(address, receipts, expect=b" 204"),
        await ask_all(address, [nothing] * number, expect=b" 200"),
    )


async def measure(url: str, number: int) -> None:
    """Applies, hands in, and prints what came of it."""
    messages = 2 * number // len(STEPS)
    fill(url, practitioners=1, patients=messages, lanes=1)
    fill_messages(url, messages)
    reactions.install(public_url="http://127.0.0.1")
    pool = Database(url, pool_size=4)
    await pool.open()
    half = messages // 2
    reminders = await apply_those(pool, range(1, half + 1))
    bulk = await apply_those(pool, range(half + 1, messages + 1))
    rows = await bare(pool, range(1, half + 1))
    async with pool.transaction() as tx:
        states = dict(await tx.rows("select status, count(*) from communications.message_queue group by 1"))
        moved = dict(await tx.rows("select status, count(*) from crm.appointment_reminders group by 1"))
    await pool.close()
    port = free_port()
    os.environ |= {
        "BEDSIDE_TWILIO_ACCOUNT_SID": f"AC{0:032x}",
        "BEDSIDE_TWILIO_AUTH_TOKEN": TOKEN,
        "BEDSIDE_TWILIO_SMS_FROM": "+12125550100",
    }
    with serving(url, port=port) as [address]:
        accepted, idle = await accept(address, number, 10**6)
    print(
        json.dumps(
            {
                "receipts": number, "messages": states, "reminders": moved,
                "accepted_per_second": round(number / accepted),
                "of_requests_that_do_nothing": round(idle / accepted, 2),
                "applied_per_second": round(number / reminders), "applied_of_bulk_per_second": round(number / bulk),
                "of_bare_updates": round(rows * len(STEPS) / reminders, 2),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else RECEIPTS
    with database() as where:
        main(measure(where, count))
