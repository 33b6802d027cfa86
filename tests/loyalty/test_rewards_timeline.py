"""What happens to somebody's points is told on their timeline in words of its own."""

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from bedside.event_log import Happening
from bedside.feedback import events as feedback_events
from bedside.loyalty import events as loyalty_events
from bedside.patient_access import BookedByReferral
from bedside.patients.timeline import moment
from bedside.portal.statuses import look_of


@pytest.mark.parametrize("module", [loyalty_events, feedback_events])
def test_every_event_has_words_and_an_icon_of_its_own(module: ModuleType) -> None:
    kinds = [one.kind for one in vars(module).values() if hasattr(one, "kind")]
    assert kinds
    for kind in [*kinds, BookedByReferral.kind]:
        assert look_of("event", kind).icon != "circle", kind


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("loyalty.awarded", {"points": 100, "rule": "visit_completed"}, "100 points"),
        ("loyalty.redeemed", {"reward_name": "Free consultation", "points": 750}, "Free consultation, 750 points"),
        ("loyalty.tier_changed", {"from_code": "bronze", "to_code": "silver"}, "Silver"),
        ("loyalty.referral_made", {"referral_id": 3}, ""),
    ],
)
def test_a_change_of_points_says_what_it_was_about(kind: str, data: dict[str, Any], text: str) -> None:
    told = Happening(
        id=9, kind=kind, occurred_at=datetime(2026, 11, 2, tzinfo=UTC), hospital_id=1, patient_id=7, owner_id=None,
        subject="loyalty", subject_id=7, actor_kind="staff", actor_id=1, actor_name="Frida", seen_with="loyalty:read",
        data=data,
    )  # fmt: skip
    assert moment(told, names={}, notes={}).text == text
