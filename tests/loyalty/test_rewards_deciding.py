"""What may hinder somebody from a reward, decided over plain structs; and who counts as having been brought."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.loyalty.referral_model import CAME_BEFORE, MUTUAL, ONESELF, SAME_PHONE, Pair, why_refused
from bedside.loyalty.reward_model import Reward, RewardWords, Standing, hindrance, offer

NOW = datetime(2027, 3, 1, 14, tzinfo=UTC)
TIERS = ("bronze", "silver", "gold")
DAY = timedelta(days=1)


def reward(**changes: Any) -> Reward:
    plain = Reward(
        id=1, name="Priority appointment", description="", translations={}, picture_file_id=None, points_cost=250,
        stock=None, tier_code=None, available_from=None, available_until=None, per_person_limit=None,
        voucher_days=None, archived_at=None, created_by_name="Marco", created_at=NOW, redeemed=0, version=1,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def somebody(balance: int = 250, tier: int = 0, had: int = 0) -> Standing:
    return Standing(
        balance=balance,
        reached=frozenset(TIERS[: tier + 1]),
        tiers=TIERS,
        names={code: code.title() for code in TIERS},
        taken={1: had} if had else {},
    )


@pytest.mark.parametrize(
    ("one", "who", "problem"),
    [
        (reward(), somebody(250), None),
        (reward(), somebody(249), "not-enough-points"),
        (reward(stock=1), somebody(), None),
        (reward(stock=0), somebody(), "out-of-stock"),
        (reward(tier_code="silver"), somebody(tier=0), "tier-too-low"),
        (reward(tier_code="silver"), somebody(tier=1), None),
        (reward(tier_code="silver"), somebody(tier=2), None),
        (reward(tier_code="diamond"), somebody(tier=2), "reward-unavailable"),
        (reward(per_person_limit=2), somebody(had=1), None),
        (reward(per_person_limit=2), somebody(had=2), "reward-limit-reached"),
        (reward(archived_at=NOW), somebody(), "reward-unavailable"),
        (reward(available_from=NOW), somebody(), None),
        (reward(available_from=NOW + DAY), somebody(), "reward-unavailable"),
        (reward(available_until=NOW), somebody(), "reward-unavailable"),
        (reward(available_until=NOW + DAY), somebody(), None),
    ],
)
def test_what_hinders_somebody_from_a_reward(one: Reward, who: Standing, problem: str | None) -> None:
    found = hindrance(one, who, now=NOW)
    assert (None if found is None else found.type) == problem
    assert offer(one, who, now=NOW).may_redeem is (problem is None)


def test_who_lacks_points_is_told_how_many() -> None:
    problem = hindrance(reward(points_cost=1000), somebody(640), now=NOW)
    assert problem is not None
    assert problem.members == {"points": 1000, "balance": 640, "missing": 360}
    assert "360 are missing" in problem.detail


@given(balance=st.integers(0, 5000), cost=st.integers(1, 5000), stock=st.none() | st.integers(0, 2))
def test_nobody_may_have_what_they_cannot_pay_or_what_is_not_there(balance: int, cost: int, stock: int | None) -> None:
    seen = offer(reward(points_cost=cost, stock=stock), somebody(balance), now=NOW)
    assert seen.may_redeem is (balance >= cost and stock != 0)
    assert seen.missing == max(0, cost - balance)


def test_a_reward_speaks_the_languages_that_it_was_given() -> None:
    one = reward(translations={"es": RewardWords(name="Cita prioritaria")})
    assert one.words_in("es-MX").name == "Cita prioritaria"
    assert one.words_in("ar").name == "Priority appointment"


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({}, None),
        ({"friend_id": 1}, ONESELF),
        ({"share_phone": True}, SAME_PHONE),
        ({"friend_came_before": True}, CAME_BEFORE),
        ({"referrer_brought_by_friend": True}, MUTUAL),
    ],
)
def test_who_counts_as_having_been_brought(changes: dict[str, Any], because: str | None) -> None:
    two = Pair(
        referrer_id=1, friend_id=2, share_phone=False, friend_came_before=False, referrer_brought_by_friend=False
    )
    assert why_refused(msgspec.structs.replace(two, **changes)) == because
