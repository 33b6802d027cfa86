"""What staff see and do of senders: which one sends, which is held back and why, and trying it at once."""

import aiohttp
import pytest

from bedside.app import create_app
from bedside.sandbox import DEMONSTRATION
from tests.messaging.test_pages import admin, page, send
from tests.post_office import Application, PostOffice

__all__ = ["admin"]

TWILIO = DEMONSTRATION.twilios[0]


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


@pytest.fixture
def stand_ins() -> bool:
    return True


async def test_a_sender_that_is_held_back_says_why_and_is_tried_at_once(
    office: PostOffice, admin: aiohttp.ClientSession
) -> None:
    [(sms,)] = await office.rows("select id from communications.senders where channel = 'sms' order by account limit 1")
    [(second,)] = await office.rows("select id from communications.senders where channel = 'sms' and account = 2")
    async with admin.post(f"/api/senders/{sms}/try") as answer:
        assert (answer.status, (await answer.json())["type"]) == (409, "/problems/message-past-that")
    async with office.database.transaction() as tx:
        await tx.execute(
            """update communications.senders
               set tripped_at = %(now)s - interval '1 minute', tripped_because = 'Twilio could not be reached.',
                   try_at = %(now)s + interval '8 minutes', tries = 4 where id = %(id)s""",
            id=sms,
        )
    shown = await page(admin, "/settings/channels/senders")
    for words in ("Held back", "Twilio could not be reached.", "The second account sends meanwhile", "in 8 minutes"):
        assert words in shown
    assert "Standing in" in shown
    async with admin.get("/api/senders") as answer:
        states = {one["id"]: (one["state"], one["stoodInBy"]) for one in (await answer.json())["items"]}
    assert states[sms] == ("held_back", second)
    assert states[second] == ("standing_in", None)
    assert "the next message shows whether it works" in await send(admin, f"/settings/channels/{sms}/try", {})
    queued = await office.queue("sms")
    await office.delivered()
    assert await office.status(queued.message_id) == "delivered"
    assert office.phone(channel="sms")[0].sender == TWILIO.numbers[0]
    async with admin.get("/api/senders") as answer:
        assert {one["state"] for one in (await answer.json())["items"]} == {"sending", "ready"}
