"""One patient's page: who they are, and panels that each room serves. The timeline and the profile are ours."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import hospitals
from bedside.kit.http.transaction import Transaction
from bedside.patients import registering, timeline
from bedside.patients.model import CHANNELS, Id
from bedside.patients.pages_contacts import PAGES as CONTACTS

Person = Request[SignedIn, Any, Any]
_VIEWS = ("overview", "messages", "timeline")


async def _profile(request: Person, tx: Transaction, patient_id: int) -> dict[str, Any]:
    profile = await registering.read_profile(tx, patient_id=patient_id, actor=request.user)
    said = {f"{one.channel}:{one.purpose}": one for one in profile.consents}
    return {
        "patient": profile,
        "age": profile.age(tx.now.date()),
        "said": said,
        "channels": CHANNELS,
        "place_names": {one.id: one.name for one in await hospitals(tx)},
        "may_edit": request.user.may(Permission.PATIENTS_EDIT),
    }


@get("/patients/{patient_id:int}", guards=[requires(Permission.PATIENTS_READ)], include_in_schema=False)
async def patient_page(
    patient_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    show: FromQuery[str] = "overview",
    new: FromQuery[str] = "",
    alike: Annotated[list[Id] | None, QueryParameter(max_items=10)] = None,
) -> Template:
    """Everything about a patient. That it was opened is an audit fact."""
    user = request.user
    context = await _profile(request, tx, patient_id)
    context |= {
        "show": show if show in _VIEWS else "overview", "new": new == "yes",
        "alike": await registering.patients(tx, ids=alike) if alike else [],
        "sees_visits": user.may(Permission.APPOINTMENTS_READ), "may_book": user.may(Permission.APPOINTMENTS_BOOK),
        "sees_messages": user.may(Permission.MESSAGES_READ), "may_write": user.may(Permission.MESSAGES_SEND),
        "sees_follow_ups": user.may(Permission.FOLLOW_UPS_READ), "may_task": user.may(Permission.FOLLOW_UPS_EDIT),
        "sees_loyalty": user.may(Permission.LOYALTY_READ), "sees_feedback": user.may(Permission.FEEDBACK_READ),
    }  # fmt: skip
    return Template("patients/patient.html", context=context)


@get("/panels/patients/{patient_id:int}/profile", guards=[requires(Permission.PATIENTS_READ)], include_in_schema=False)
async def profile_panel(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Contact, details and consent."""
    return Template("patients/profile.html", context=await _profile(request, tx, patient_id))


@get("/panels/patients/{patient_id:int}/timeline", guards=[requires(Permission.PATIENTS_READ)], include_in_schema=False)
async def timeline_panel(
    patient_id: FromPath[Id], request: Person, tx: Transaction, before: FromQuery[int | None] = None
) -> Template:
    """What happened around a patient, newest first; `before` goes on from an event."""
    await registering.patient(tx, patient_id)
    page = await timeline.story(tx, patient_id=patient_id, user=request.user, before=before)
    context = {"story": page.items, "next": page.next, "patient_id": patient_id, "going_on": before is not None}
    return Template("patients/timeline.html", context=context)


PAGES: list[Any] = [patient_page, profile_panel, timeline_panel, *CONTACTS]
