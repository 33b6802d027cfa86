"""SQL of idempotency keys."""

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx


class FirstAnswer(msgspec.Struct):
    """What the first request with a key was, and what it was told."""

    fingerprint: bytes
    status: int
    body: bytes
    headers: dict[str, str]


async def claim(tx: Tx, *, place: str, key: str, fingerprint: bytes) -> bool:
    """Takes a key for the request at hand; False where another request has it. Waits for one in flight."""
    taken = await tx.execute(
        """insert into crm.idempotency_keys (place, key, fingerprint, created_at)
           values (%(place)s, %(key)s, %(fingerprint)s, %(now)s) on conflict do nothing""",
        place=place,
        key=key,
        fingerprint=fingerprint,
    )
    return taken == 1


async def keep_answer(tx: Tx, *, place: str, key: str, status: int, body: bytes, headers: dict[str, str]) -> None:
    """Keeps the answer, to be given again."""
    await tx.write(
        """update crm.idempotency_keys set status = %(status)s, body = %(body)s, headers = %(headers)s
           where place = %(place)s and key = %(key)s""",
        place=place,
        key=key,
        status=status,
        body=body,
        headers=Jsonb(headers),
    )


async def first_answer(tx: Tx, *, place: str, key: str) -> FirstAnswer | None:
    """The answer that was given first."""
    return await tx.maybe(
        FirstAnswer,
        """select fingerprint, status, body, headers from crm.idempotency_keys
           where place = %(place)s and key = %(key)s and status is not null""",
        place=place,
        key=key,
    )


async def forget_old(tx: Tx) -> int:
    """Forgets keys older than two days; gives their number."""
    return await tx.execute("delete from crm.idempotency_keys where created_at < %(now)s - interval '2 days'")
