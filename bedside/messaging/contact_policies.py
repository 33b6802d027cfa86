"""How often a hospital's news come, when people are left in peace, and what it does on public holidays."""

from datetime import time
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from bedside.accounts import SignedIn, audit
from bedside.directory import HospitalChanges, change_hospital, hospital
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid
from bedside.kit.wire import Wire
from bedside.messaging import store_contact_policies
from bedside.messaging.store_contact_policies import ContactPolicy


class ContactPolicyGiven(Wire, kw_only=True):
    """How often news come at most, and what goes out on public holidays: all as on any day, all but news, or only what
    is urgent. In quiet hours, from and until times of the recipient's clock such as 21:00:00 and 08:00:00, everything
    waits but what is urgent; both null: there are none; left out: they stay."""

    news_per_day: Annotated[int, Meta(ge=1, le=1000)]
    news_per_week: Annotated[int, Meta(ge=1, le=5000)]
    holidays: Literal["as_any_day", "no_news", "quiet"]
    quiet_from: time | UnsetType | None = UNSET
    quiet_until: time | UnsetType | None = UNSET


async def contact_policy(tx: Tx, *, hospital_id: int, user: SignedIn) -> ContactPolicy:
    """What holds for a hospital. Raises NotFound (404), Forbidden (403)."""
    place = await hospital(tx, hospital_id)
    user.check_works_at(place.id)
    return await store_contact_policies.policy(tx, hospital_id=place.id)


async def set_contact_policy(
    tx: Tx, *, hospital_id: int, given: ContactPolicyGiven, expected_version: int | None, user: SignedIn
) -> ContactPolicy:
    """Sets it, for what is queued from now on. Raises NotFound (404), Forbidden (403), Changed (412), Invalid (422)."""
    before = await contact_policy(tx, hospital_id=hospital_id, user=user)
    check_version(expected=expected_version, actual=before.version)
    if given.news_per_week < given.news_per_day:
        raise Invalid("A week cannot hold less than one of its days.", pointer="/newsPerWeek")
    await store_contact_policies.keep(
        tx,
        hospital_id=hospital_id,
        news_per_day=given.news_per_day,
        news_per_week=given.news_per_week,
        holidays=given.holidays,
    )
    quiet = HospitalChanges(quiet_from=given.quiet_from, quiet_until=given.quiet_until)
    if any(
        value is not UNSET and value != was
        for value, was in ((quiet.quiet_from, before.quiet_from), (quiet.quiet_until, before.quiet_until))
    ):
        await change_hospital(tx, hospital_id=hospital_id, changes=quiet, actor=user)
    after = await store_contact_policies.policy(tx, hospital_id=hospital_id)
    await audit(
        tx, actor=user, action="contact_policy.set", subject="hospital", subject_id=hospital_id, before=before,
        after=after,
    )  # fmt: skip
    return after
