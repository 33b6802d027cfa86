"""A large audience is counted on some of its people while somebody builds it, and whole where it matters."""

import pytest

from bedside.accounts import Role, SignedIn
from bedside.campaigns import audiences
from bedside.campaigns.audience_model import Question
from bedside.message_templates import Channel
from tests.campaigns.marketing import Marketing
from tests.post_office import PostOffice

MARKETING = SignedIn(kind="user", id=1, name="Mia", role=Role.MARKETING)


@pytest.fixture(autouse=True)
def large_is_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that hundreds will do."""
    monkeypatch.setattr(audiences, "MOST_COUNTED", 200)
    monkeypatch.setattr(audiences, "LOOKED_AT", 500)


async def test_a_large_audience_is_counted_on_a_sample_that_is_close_to_the_truth(office: PostOffice) -> None:
    marketing = Marketing(office)
    await marketing.people(1500)
    await marketing.people(500, agreed=False)
    async with office.database.transaction() as tx:
        exactly = await audiences.reach(tx, question=Question(channels=[Channel.SMS]), user=MARKETING)
        roughly = await audiences.reach(tx, question=Question(channels=[Channel.SMS], roughly=True), user=MARKETING)
        again = await audiences.reach(tx, question=Question(channels=[Channel.SMS], roughly=True), user=MARKETING)
    assert exactly.sampled is None
    assert roughly.people == exactly.people == 2001  # with Maria
    assert roughly.sampled is not None
    assert 400 < roughly.sampled < 600
    assert exactly.reached == 1500
    assert abs(roughly.reached - 1500) < 150
    by_outcome = {one.outcome: one.people for one in roughly.outcomes}
    assert by_outcome["reached"] == roughly.reached
    assert abs(by_outcome["no_consent"] - 501) < 150
    assert [(one.outcome, one.people) for one in again.outcomes] == [(o.outcome, o.people) for o in roughly.outcomes]


async def test_a_small_audience_is_counted_whole_though_roughly_will_do(office: PostOffice) -> None:
    marketing = Marketing(office)
    await marketing.people(150)
    async with office.database.transaction() as tx:
        roughly = await audiences.reach(tx, question=Question(roughly=True), user=MARKETING)
    assert (roughly.people, roughly.reached, roughly.sampled) == (151, 150, None)
