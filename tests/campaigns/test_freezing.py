"""An audience is frozen in two pieces at once; whatever of them is lost, everybody is in the ledger once."""

import pytest
from psycopg import errors

from bedside.campaigns import sending, store_ledger
from bedside.kit.database import Tx
from tests.campaigns.marketing import Marketing


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FREEZE_PIECE", 3)


async def ledger(marketing: Marketing) -> list[tuple[int, str, str]]:
    async with marketing.office.database.transaction() as tx:
        return await tx.rows(  # type: ignore[return-value]
            "select person_id, channel, outcome from communications.campaign_recipients order by 1, 2"
        )


@pytest.mark.parametrize("number", [1, 2, 3, 5, 6, 7, 12, 13])
async def test_everybody_is_in_the_ledger_once_however_many_they_are(marketing: Marketing, number: int) -> None:
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.patients set archived_at = %(now)s")
        await tx.execute("update communications.senders set paused_until = timestamptz '2999-01-01'")
    people = await marketing.people(number)
    campaign = await marketing.launch()
    while (await marketing.loop.step()) and (await marketing.states(campaign.id)).get("waiting", 0) < number:
        pass
    lines = await ledger(marketing)
    assert [(one, channel) for one, channel, _ in lines] == [
        (one, channel) for one in people for channel in ("email", "sms", "whatsapp")
    ]


async def test_a_piece_whose_twin_was_lost_is_found_done_and_stays_as_it_was(
    marketing: Marketing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.patients set archived_at = %(now)s")
    people = await marketing.people(6)
    campaign = await marketing.launch()
    noted = store_ledger.frozen_through

    async def killed(*_: object, **__: object) -> None:
        raise ConnectionError("killed")

    monkeypatch.setattr(store_ledger, "frozen_through", killed)
    with pytest.raises(ConnectionError):
        await marketing.loop.step()
    kept = await ledger(marketing)
    assert {one for one, *_ in kept} == set(people[3:])
    monkeypatch.setattr(store_ledger, "frozen_through", noted)
    async with marketing.office.database.transaction() as tx:  # one of them takes back what was agreed
        await tx.execute(
            """insert into crm.consents (patient_id, channel, purpose, granted, how, recorded_by, at)
               values (%(id)s, 'sms', 'marketing', false, 'test', 'Test', %(now)s)""",
            id=people[4],
        )
    await marketing.until_done(campaign.id)
    assert [(one, channel) for one, channel, _ in await ledger(marketing)] == [
        (one, channel) for one in people for channel in ("email", "sms", "whatsapp")
    ]
    # frozen as it was, and looked at again before it went
    assert len(marketing.office.phone(f"+1212555{people[4]:04}")) == 0
    for one in (*people[:4], people[5]):
        assert len(marketing.office.phone(f"+1212555{one:04}")) == 1


async def test_a_campaign_is_never_deleted_so_its_ledger_always_has_one(marketing: Marketing) -> None:
    campaign = await marketing.launch()

    async def delete(tx: Tx) -> None:
        await tx.execute("delete from communications.campaigns where id = %(id)s", id=campaign.id)

    with pytest.raises(errors.RestrictViolation):
        async with marketing.office.database.transaction() as tx:
            await delete(tx)
