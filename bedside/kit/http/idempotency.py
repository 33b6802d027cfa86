"""`Idempotency-Key`: the same key and body gives the first answer again; another body is a 409 (DESIGN.md section 5).

The key is claimed in the transaction that does the work, so an answer is kept if and only if the work was done. A
second request with the same key waits on the unique key until the first has committed or rolled back.
"""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from bedside.kit import idempotency_store
from bedside.kit.database import Tx
from bedside.kit.http.problems import Conflict, Invalid

T = TypeVar("T")


class IdempotencyKeyReused(Conflict):
    """409: the key was used before, with another body."""

    type = "idempotency-key-reused"


async def once(
    request: Request[Any, Any, Any],
    tx: Tx,
    work: Coroutine[Any, Any, T],
    *,
    status: int = 201,
    show: Callable[[T], Any] = lambda made: made,
    headers: Callable[[T], dict[str, str]] = lambda made: {},
) -> Response[Any]:
    """Awaits `work` and answers with what it made; or gives the first answer again where the key has been seen.

    `show` turns what was made into what goes over the wire. Without an Idempotency-Key the work is simply done.
    Raises IdempotencyKeyReused (409) for the same key with another body, Invalid (422) for a key over 200 characters.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        made = await work
        return Response(show(made), status_code=status, headers=headers(made))
    if not 1 <= len(key) <= 200:
        work.close()
        raise Invalid("Idempotency-Key has 1 to 200 characters.", next_step="Use a UUID.")
    caller = f"{request.user.kind}:{request.user.id}" if request.user else "anonymous"
    place = f"{caller} {request.method} {request.url.path}"
    fingerprint = hashlib.sha256(await request.body()).digest()
    if not await idempotency_store.claim(tx, place=place, key=key, fingerprint=fingerprint):
        work.close()
        first = await idempotency_store.first_answer(tx, place=place, key=key)
        if first is None or first.fingerprint != fingerprint:
            raise IdempotencyKeyReused(
                "This Idempotency-Key was used before with another body.", next_step="Use a new key for a new request."
            )
        return Response(
            first.body,
            status_code=first.status,
            media_type="application/json",
            headers={**first.headers, "Idempotency-Replayed": "true"},
        )
    made = await work
    body = msgspec.json.encode(show(made))
    more = headers(made)
    await idempotency_store.keep_answer(tx, place=place, key=key, status=status, body=body, headers=more)
    return Response(body, status_code=status, media_type="application/json", headers=more)
