"""kill -9 while messages go out: nobody is lost, nobody gets one twice, and what cannot be known is marked."""

from pathlib import Path

import pytest

from bedside.kit.database import Database
from bedside.messaging import Sender, providers
from tests.faults.conftest import ask_what_became_of_all, run_and_kill_worker
from tests.post_office import PostOffice

MESSAGES = 40
# as many had left when the process was killed: early, in mid-batch, late; with --long at twenty places
KILLED_AFTER = [
    *(pytest.param(one, id=f"after_{one}") for one in (2, 13, 25)),
    *(pytest.param(one, id=f"after_{one}", marks=pytest.mark.slow) for one in range(4, 38, 2)),
]


@pytest.mark.parametrize("killed_after", KILLED_AFTER)
async def test_a_killed_sender_loses_nobody_and_doubles_nobody(
    office: PostOffice, later: Database, tmp_path: Path, killed_after: int
) -> None:
    ids = [(await office.queue("sms", body=f"Number {n}")).message_id for n in range(MESSAGES)]
    await run_and_kill_worker(office, tmp_path, after=killed_after)

    recovered = Sender(later, providers(office.accounts))
    await recovered.look_after()
    await recovered.drain()
    await ask_what_became_of_all(recovered, later)
    await recovered.close()

    received = [message.body for message in office.phone()]
    assert len(received) == len(set(received))
    by_provider_id = {message.id for message in office.phone()}
    rows = {one: await office.message(one) for one in ids}
    for row in rows.values():
        assert row["status"] in ("sent", "delivered", "unknown")
        assert (row["status"] == "unknown") == (row["body"] not in received), row
        assert row["status"] == "unknown" or row["provider_id"] in by_provider_id
