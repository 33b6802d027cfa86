"""Why somebody would not get a message: in a dialog each channel, for visits and for news, with all that was looked at;
and beside the words while they are written."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.forms import number_in
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Channel, Purpose
from bedside.messaging import by_hand, suppressing
from bedside.messaging.suppressing import Explanation
from bedside.messaging.views import RecordId
from bedside.patients import patient

Person = Request[SignedIn, Any, Any]


@get("/messages/explanation", guards=[requires(Permission.MESSAGES_READ)], include_in_schema=False)
async def explanation_dialog(
    request: Person, tx: Transaction, patient_id: Annotated[RecordId, QueryParameter(name="patient_id")]
) -> Template:
    """What would become of a message to a patient now. Sends nothing."""
    whose = await patient(tx, patient_id)
    told = [
        (
            channel.value,
            purpose.value,
            await suppressing.explain(
                tx,
                patient_id=patient_id,
                owner_id=None,
                to=None,
                channel=channel,
                purpose=purpose,
                template_key=None,
                hospital_id=None,
                urgent=False,
                user=request.user,
            ),
        )
        for channel in Channel
        for purpose in Purpose
    ]
    return Template("messaging/explanation.html", context={"told": told, "name": whose.name})


@get("/messages/would-get", guards=[requires(Permission.MESSAGES_SEND)], include_in_schema=False)
async def would_get(
    request: Person,
    tx: Transaction,
    patient_id: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    purpose: FromQuery[str] = "",
) -> Template:
    """Whether the patient chosen in the form would get a message as it is being written: the channel that it takes, and
    each of the others. Sends nothing."""
    number = number_in(patient_id)
    if number is None:
        return Template("messaging/would_get.html", context={"told": []})
    whose = await patient(tx, number)
    why = Purpose.MARKETING if purpose == Purpose.MARKETING else Purpose.TRANSACTIONAL
    wanted = Channel(channel) if channel in list(Channel) else None

    async def by(one: Channel | None) -> Explanation:
        return await suppressing.explain(
            tx,
            patient_id=whose.id,
            owner_id=None,
            to=None,
            channel=one,
            purpose=why,
            template_key=None,
            hospital_id=by_hand.hospital_of(request.user),
            urgent=False,
            user=request.user,
        )

    taken = await by(wanted)
    takes = taken.channel if taken.goes else None
    told = [{"channel": one.value, "one": await by(one), "chosen": one == (wanted or takes)} for one in Channel]
    return Template("messaging/would_get.html", context={"told": told, "takes": takes, "name": whose.name})


EXPLAINING_PAGES: list[Any] = [explanation_dialog, would_get]
