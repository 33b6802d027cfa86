"""How hospitals ask for feedback: when, by which channels, and who takes care of low ratings."""

from urllib.parse import urlsplit

import msgspec

from bedside.accounts import Permission, Role, SignedIn, audit, staff_member
from bedside.directory import check_language, hospital
from bedside.event_log import record
from bedside.feedback import store_policies as store
from bedside.feedback.events import FeedbackSettingsChanged
from bedside.feedback.model import NewPolicy, Policy
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.text import one_line

# Who may take a task, and so make up for a low rating.
TAKERS = tuple(
    role
    for role in (Role.FRONT_DESK, Role.CLINICIAN, Role.ADMIN)
    if SignedIn(kind="staff", role=role).may(Permission.FOLLOW_UPS_EDIT)
)


async def policy_of(tx: Tx, hospital_id: int) -> Policy:
    """How a hospital asks; as the defaults say where nobody has changed them."""
    return await store.policy(tx, hospital_id) or Policy(hospital_id=hospital_id)


async def asked_form_version(tx: Tx, policy: Policy) -> int | None:
    """The version of the survey form that is asked now, where the policy names one that was not put away."""
    return None if policy.form_id is None else await store.newest_form_version(tx, policy.form_id)


async def seen_policy(tx: Tx, *, hospital_id: int, user: SignedIn) -> Policy:
    """The same, for somebody who works there. Raises NotFound (404), Forbidden (403)."""
    user.check_works_at((await hospital(tx, hospital_id)).id)
    return await policy_of(tx, hospital_id)


async def change_policy(
    tx: Tx, *, hospital_id: int, new: NewPolicy, actor: SignedIn, expected_version: int | None = None
) -> Policy:
    """Writes how a hospital asks. It holds for whoever is asked from now on, visits that wait for it included.

    Raises NotFound (404), Forbidden (403), Changed (412), Invalid (422) with a pointer to what cannot be.
    """
    actor.check_works_at((await hospital(tx, hospital_id)).id)
    await store.lock_hospital(tx, hospital_id)
    before = await policy_of(tx, hospital_id)
    check_version(expected=expected_version, actual=before.version)
    wanted = await _checked(tx, hospital_id, new, by=actor.name)
    after = await store.write_policy(tx, wanted)
    await audit(
        tx, actor=actor, action="feedback_policy.changed", subject="hospital", subject_id=hospital_id, before=before,
        after=after,
    )  # fmt: skip
    event = FeedbackSettingsChanged(feedback_settings_id=hospital_id, what="policy", hospital_id=hospital_id)
    await record(tx, event, actor=actor)
    return after


async def _checked(tx: Tx, hospital_id: int, new: NewPolicy, *, by: str) -> Policy:
    if new.language is not None:
        check_language(new.language)
    for name in ("recovery_role", "escalate_role"):
        if getattr(new, name) not in TAKERS:
            raise Invalid(
                f"“{getattr(new, name)}” is no role that takes tasks about feedback.",
                pointer=f"/{_camel(name)}",
                next_step="Use: " + ", ".join(TAKERS),
            )
    for name in ("recovery_assigned_to", "escalate_to"):
        await _check_taker(tx, getattr(new, name), hospital_id, pointer=f"/{_camel(name)}")
    if new.form_id is not None and not await store.form_is_there(tx, new.form_id):
        raise Invalid(
            "There is no such survey form, or it was put away.",
            pointer="/formId",
            next_step="Look at the list of forms.",
        )
    given = msgspec.structs.asdict(new) | {
        "channels": list(dict.fromkeys(new.channels)),
        "review_url": _checked_url(new.review_url),
    }
    return Policy(**given, hospital_id=hospital_id, updated_by_name=by, updated_at=tx.now)


async def _check_taker(tx: Tx, staff_id: int | None, hospital_id: int, *, pointer: str) -> None:
    if staff_id is None:
        return
    try:
        person = await staff_member(tx, staff_id)
    except NotFound:
        raise Invalid("Nobody on the staff has this id.", pointer=pointer, next_step="Look in /api/staff.") from None
    as_user = SignedIn(kind="staff", id=person.id, name=person.name, role=person.role, hospital_ids=person.hospitals)
    if not (person.active and as_user.may(Permission.FEEDBACK_READ) and as_user.works_at(hospital_id)):
        raise Invalid(
            f"{person.name} could not take it: not active, without the permission, or of another hospital.",
            pointer=pointer,
        )


def _checked_url(url: str) -> str:
    url = one_line(url, pointer="/reviewUrl", longest=500, needed=False)
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.username or parts.password)
    except ValueError:
        fits = False
    if not fits or " " in url:
        raise Invalid("This is no address of a page.", pointer="/reviewUrl", next_step="Begin it with https://")
    return url


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
