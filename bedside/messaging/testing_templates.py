"""A template sent to whoever works on it: by the queue, as any message, and said to be a test."""

from typing import Annotated

import msgspec
from msgspec import Meta, field

from bedside.accounts import Permission, SignedIn, audit, audit_reading, staff_member
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.http.problems import Forbidden, Invalid, NotFound, TooMany
from bedside.kit.phone import parse_phone
from bedside.kit.tokens import new_token
from bedside.kit.wire import Wire
from bedside.message_templates import Channel, Purpose, Rendered, preview_variables, ready_template, template_by_id
from bedside.messaging import store_enqueue
from bedside.messaging.by_hand import hospital_of, queued
from bedside.messaging.model import TEMPLATE_TEST
from bedside.messaging.queueing import enqueue
from bedside.messaging.views import MessageView, RecordId
from bedside.patients import patient

AN_HOUR = 20


class TestSend(Wire, kw_only=True):
    """What is tried, and where it goes. `to` is your own phone, or for mail an address of yours; left out, mail goes to
    the address that you sign in with. `patientId` fills in a real person, `ownerId` an owner with their newest
    payout and contract; everything else is made up."""

    channel: Channel
    language: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    to: Annotated[str, Meta(max_length=320)] | None = None
    patient_id: RecordId | None = None
    owner_id: RecordId | None = None
    variables: dict[str, str] = field(default_factory=dict)


class TooManyTests(TooMany):
    """429: somebody tried templates too often within an hour."""

    type = "too-many-test-messages"


async def send_test(tx: Tx, *, template_id: int, test: TestSend, user: SignedIn) -> MessageView:
    """Queues the newest words of a template for a channel and language, to whoever asks. Nobody's consent is asked and
    nobody's history has it. Raises TemplateNotFound (404), NoVersion, MissingVariable, Refused (422), Invalid (422)
    for an address that cannot be, TooManyTests (429)."""
    found = await template_by_id(tx, template_id=template_id)
    to = await _own_address(tx, test, user)
    if test.patient_id is not None:
        if not user.may(Permission.PATIENTS_READ):
            raise Forbidden("Your role may not look at patients.", next_step="Send a test without patientId.")
        await patient(tx, test.patient_id)
        await audit_reading(tx, actor=user, patient_id=test.patient_id)
    if test.owner_id is not None and not user.may(Permission.OWNERS_READ):
        raise Forbidden("Your role may not look at owners.", next_step="Send a test without ownerId.")
    whose = user.id or 0
    if await store_enqueue.tests_since_an_hour(tx, about=TEMPLATE_TEST, staff_id=whose) >= AN_HOUR:
        raise TooManyTests(
            f"You sent {AN_HOUR} tests within an hour.", next_step="Look at the preview, or wait for an hour."
        )
    variables = await preview_variables(
        tx,
        language=test.language,
        patient_id=test.patient_id,
        owner_id=test.owner_id,
        variables=dict(test.variables),
        user=user,
    )
    ready = await ready_template(tx, found.key)
    ready.render(channel=test.channel, language=test.language, variables=variables)
    made = await enqueue(
        tx,
        key=f"test:{new_token()}",
        to=to,
        channel=test.channel,
        purpose=Purpose.TRANSACTIONAL,
        template_key=found.key,
        about=TEMPLATE_TEST,
        about_id=whose,
        variables=variables,
        language=test.language,
        hospital_id=hospital_of(user),
        priority=1,
        urgent=True,
        actor=user,
    )
    await audit(
        tx,
        actor=user,
        action="test",
        subject="template",
        subject_id=template_id,
        after={"to": to, "patient": test.patient_id, "owner": test.owner_id},
    )
    return await queued(tx, made, user)


async def _own_address(tx: Tx, test: TestSend, user: SignedIn) -> str:
    if test.channel is not Channel.EMAIL:
        if not test.to:
            raise Invalid(
                "We know no phone of yours.", pointer="/to", next_step="Give your number, with its country code."
            )
        return parse_phone(test.to, pointer="/to")
    if test.to:
        return parse_email(test.to, pointer="/to")
    own = await own_mail(tx, user)
    if own is None:
        raise Invalid("Whoever asks has no mail address.", pointer="/to", next_step="Give an address of yours.")
    return own


async def own_mail(tx: Tx, user: SignedIn) -> str | None:
    """The address that somebody signs in with; None for a machine."""
    if user.kind != "staff" or user.id is None:
        return None
    try:
        return (await staff_member(tx, user.id)).email
    except NotFound:
        return None


def said_to_be_a_test(rendered: Rendered) -> Rendered:
    """The words with “Test” before them. What WhatsApp approved stays as it is: other words would be refused."""
    if rendered.subject is not None:
        return msgspec.structs.replace(rendered, subject=f"[Test] {rendered.subject}")
    return msgspec.structs.replace(rendered, body=f"[Test] {rendered.body}")
