"""Suppressions by hand, and why a person would not get a message: what staff look at and change."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit
from bedside.event_log import record
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.http.problems import Conflict, Forbidden, Invalid, NotFound
from bedside.kit.phone import parse_phone
from bedside.kit.text import one_line
from bedside.kit.wire import Wire
from bedside.message_templates import Channel, Purpose, ready_template
from bedside.messaging import store_suppressions
from bedside.messaging.consent import NAMES, Check, Decision
from bedside.messaging.deciding import decide
from bedside.messaging.events import SuppressionChanged
from bedside.messaging.model import PersonRef
from bedside.messaging.store_suppressions import Suppression
from bedside.owners import seen_owner
from bedside.patients import patient


class SuppressionNotFound(NotFound):
    """404: there is no such suppression."""

    type = "suppression-not-found"


class SuppressedAlready(Conflict):
    """409: the address is stopped like this, or no longer."""

    type = "suppression-past-that"


class NewSuppression(Wire, kw_only=True):
    """An address that is to get nothing more on a channel, or (`purpose` marketing) no news, and why."""

    channel: Channel
    address: Annotated[str, Meta(min_length=3, max_length=320)]
    purpose: Literal["marketing"] | None = None
    reason: Annotated[str, Meta(min_length=3, max_length=300)]


class Lifting(Wire, kw_only=True):
    """Why a suppression ends: for somebody's own stop, how they asked for messages again."""

    reason: Annotated[str, Meta(min_length=3, max_length=300)]


_EXAMPLE = [
    {"check": "record", "outcome": "passes", "words": "The record is in use.", "source": "", "at": None},
    {"check": "address", "outcome": "passes", "words": "It goes to +1 212-555-0142.", "source": "", "at": None},
    {
        "check": "consent", "outcome": "refuses", "words": "No consent to news by SMS is on record.", "source": "",
        "at": None,
    },
    {
        "check": "refusal", "outcome": "passes", "words": "They have not refused SMS.", "source": "", "at": None,
    },
]  # fmt: skip


class Explanation(Wire, kw_only=True):
    """Whether a message would go out, by what, when, and everything that was looked at, in order."""

    goes: Annotated[bool, Meta(examples=[False])]
    channel: Annotated[Channel | None, Meta(examples=["sms"])]
    at: Annotated[datetime | None, Meta(examples=[None])]
    refused_because: Annotated[str | None, Meta(examples=["No consent to news by SMS is on record."])]
    checks: Annotated[list[Check], Meta(examples=[_EXAMPLE])]


async def add(tx: Tx, *, new: NewSuppression, user: SignedIn) -> Suppression:
    """Stops an address. Raises Invalid (422) for one that cannot be, SuppressedAlready (409)."""
    read = parse_email if new.channel is Channel.EMAIL else parse_phone
    address = read(new.address, pointer="/address")
    made = await store_suppressions.suppress(
        tx,
        channel=new.channel,
        address=address,
        sender_id=None,
        purpose=new.purpose,
        reason="staff",
        source=one_line(new.reason, pointer="/reason", longest=300),
        by=user.name,
    )
    if made is None:
        raise SuppressedAlready("This address is stopped already.", next_step="Look it up in the list.")
    await audit(tx, actor=user, action="add", subject="suppression", subject_id=made, after=new)
    await record(tx, SuppressionChanged(suppression_id=made, how="added"), actor=user)
    # whoever stops an address knows it: an owner's too
    return await _read(tx, suppression_id=made, owners=True)


def seen(user: SignedIn) -> dict[str, bool]:
    """What of the list somebody may see, as its filters take it: owners' addresses are not for everybody."""
    return {"owners": user.may(Permission.OWNER_COMMUNICATIONS_READ)}


async def one(tx: Tx, *, suppression_id: int, user: SignedIn) -> Suppression:
    """One suppression that they may see. Raises SuppressionNotFound (404)."""
    return await _read(tx, suppression_id=suppression_id, **seen(user))


async def _read(tx: Tx, *, suppression_id: int, owners: bool) -> Suppression:
    found = await store_suppressions.find(tx, suppression_id=suppression_id, owners=owners)
    if found is None:
        raise SuppressionNotFound("There is no such suppression.", next_step="Look it up in the list.")
    return found


async def lift(tx: Tx, *, suppression_id: int, lifting: Lifting, user: SignedIn) -> Suppression:
    """Ends a suppression, with why. Raises SuppressionNotFound (404), SuppressedAlready (409)."""
    before = await one(tx, suppression_id=suppression_id, user=user)
    because = one_line(lifting.reason, pointer="/reason", longest=300)
    if not await store_suppressions.lift(tx, suppression_id=suppression_id, because=because, by=user.name):
        raise SuppressedAlready("It has been lifted already.")
    after = await one(tx, suppression_id=suppression_id, user=user)
    await audit(
        tx, actor=user, action="lift", subject="suppression", subject_id=suppression_id, before=before, after=after
    )
    await record(tx, SuppressionChanged(suppression_id=suppression_id, how="lifted"), actor=user)
    return after


async def explain(
    tx: Tx,
    *,
    patient_id: int | None,
    owner_id: int | None,
    to: str | None,
    channel: Channel | None,
    purpose: Purpose,
    template_key: str | None,
    hospital_id: int | None,
    urgent: bool,
    user: SignedIn,
) -> Explanation:
    """What `enqueue` would do, and why: it asks the same. Raises Invalid (422), Forbidden (403), NotFound (404)."""
    user.check_works_at(hospital_id)
    if [patient_id, owner_id, to].count(None) != 2:
        raise Invalid("Say whom it is for: patientId, ownerId, or to.", pointer="/patientId")
    whom: PersonRef | str
    if owner_id is not None:
        if not user.may(Permission.OWNER_COMMUNICATIONS_READ):
            raise Forbidden(f"The role {user.role} may not read what is said to owners.")
        whom = PersonRef(kind="owner", id=(await seen_owner(tx, owner_id=owner_id, user=user)).id)
    elif patient_id is not None:
        known = await patient(tx, patient_id)
        whom, hospital_id = PersonRef(id=known.id), hospital_id or known.hospital_id
    else:
        if channel is None:
            raise Invalid("An address needs a channel.", pointer="/channel", next_step="sms, whatsapp or email.")
        whom = str(to).strip()
    _, decision = await decide(tx, to=whom, channel=channel, purpose=purpose, hospital_id=hospital_id, urgent=urgent)
    checks = list(decision.checks)
    if template_key is not None and decision.channel is not None:
        template = await ready_template(tx, template_key)
        if not any(one == decision.channel for one, _ in template.versions):
            words = f"The template has no words for {NAMES[decision.channel]}: it would fail just before it leaves."
            checks.append(Check(check="template", outcome="notes", words=words, source=template_key))
        elif template.purpose is Purpose.MARKETING and purpose is not Purpose.MARKETING:
            words = "The template is for news, which needs its reader's consent."
            checks.append(Check(check="template", outcome="notes", words=words, source=template_key))
        else:
            words = f"The template has words for {NAMES[decision.channel]}."
            checks.append(Check(check="template", outcome="passes", words=words, source=template_key))
    return _explained(decision, checks)


async def would_get(
    tx: Tx, *, to: PersonRef | str, channel: str, purpose: str, hospital_id: int | None, urgent: bool = False
) -> Explanation:
    """The same for who is known to the asker, by one channel: what stands beside the words while they are written."""
    _, decision = await decide(tx, to=to, channel=channel, purpose=purpose, hospital_id=hospital_id, urgent=urgent)
    return _explained(decision, decision.checks)


def _explained(decision: Decision, checks: list[Check]) -> Explanation:
    because = decision.refused_because
    return Explanation(
        goes=because is None,
        channel=decision.channel,
        at=decision.at if because is None else None,
        refused_because=because,
        checks=checks,
    )
