"""REST of emergency notifications: what one would do, sending it, how far it has come, who got it, taking it back."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.database import Database
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, table
from bedside.kit.http.transaction import Transaction
from bedside.reminders import emergencies
from bedside.reminders.emergency_model import (
    EmergencyDraft,
    EmergencyNotification,
    EmergencyPreview,
    EmergencyRecipient,
    Id,
    NewEmergency,
    State,
)
from bedside.reminders.model import CHANNELS
from bedside.reminders.store_emergencies import NOTIFICATIONS, RECIPIENTS, every_recipient

Asked = Request[SignedIn, Any, Any]
MAY = [requires(Permission.EMERGENCIES_SEND)]
TAGS = ["Emergency notifications"]
Status = Literal["sending", "sent", "cancelled"]
OfState = Annotated[State | None, QueryParameter(name="state", description="Only those who stand there.")]


@post(
    "/api/emergency-notifications/preview",
    guards=MAY,
    tags=TAGS,
    summary="What an emergency notification would do",
    status_code=200,
)
async def preview_emergency(request: Asked, tx: Transaction, data: JSONBody[EmergencyDraft]) -> EmergencyPreview:
    """How many people have such a visit, by which channels they are told, what they read, and who cannot be reached
    and why. Nothing is kept and nothing leaves."""
    return await emergencies.preview(tx, draft=data, user=request.user)


@post("/api/emergency-notifications", guards=MAY, tags=TAGS, summary="Send an emergency notification")
async def post_emergency(request: Asked, tx: Transaction, data: JSONBody[NewEmergency]) -> Response[Any]:
    """`{"hospitalId": 1, "departmentId": 3, "words": {"en": "The clinic is closed today."}, "confirm": "Bellevue"}`

    To everybody whose visit that day is to take place: past quiet hours, before everything else, by every channel that
    reaches them. `confirm` is the hospital's name. Whom it is for is frozen now. Sent twice within ten minutes, the
    second is a 409; with an Idempotency-Key the first answer comes again. Problems: 409 where nobody has such a visit
    or can be reached, 422 for a name that is not the hospital's, a day that is over, words over 480 characters.
    """
    return await once(request, tx, emergencies.send_emergency(tx, new=data, user=request.user))


@get("/api/emergency-notifications", guards=MAY, tags=TAGS, summary="The emergency notifications")
async def list_emergencies(
    request: Asked,
    tx: Transaction,
    hospital_id: Annotated[Id | None, QueryParameter(name="hospitalId")] = None,
    status: Annotated[Status | None, QueryParameter(name="status")] = None,
    sort: Annotated[str | None, QueryParameter(description="id; - to turn round")] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[EmergencyNotification]:
    """Those of your hospitals, the newest first, each with how far it has come."""
    filters = {"hospital": hospital_id, "status": status, "hospitals": request.user.hospitals}
    return await NOTIFICATIONS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get("/api/emergency-notifications/{emergency_id:int}", guards=MAY, tags=TAGS, summary="One emergency notification")
async def get_emergency(request: Asked, tx: Transaction, emergency_id: FromPath[Id]) -> EmergencyNotification:
    """What it says, to whom, and how many people it has reached so far."""
    return await emergencies.emergency(tx, notification_id=emergency_id, user=request.user)


@post(
    "/api/emergency-notifications/{emergency_id:int}/cancel",
    guards=MAY,
    tags=TAGS,
    summary="Take back what has not left",
    status_code=200,
)
async def post_cancel(request: Asked, tx: Transaction, emergency_id: FromPath[Id]) -> EmergencyNotification:
    """What left stays sent. 409 where everything has left; asked twice, the second changes nothing."""
    return await emergencies.cancel_emergency(tx, notification_id=emergency_id, user=request.user)


@get(
    "/api/emergency-notifications/{emergency_id:int}/recipients",
    guards=MAY,
    tags=TAGS,
    summary="Who is told, and who got it",
)
async def list_recipients(
    request: Asked,
    tx: Transaction,
    emergency_id: FromPath[Id],
    standing: OfState = None,
    sort: Annotated[str | None, QueryParameter(description="name, state; - to turn round")] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[EmergencyRecipient]:
    """Everybody it was for, by name: where they stand, and what each channel came to."""
    await emergencies.emergency(tx, notification_id=emergency_id, user=request.user)
    return await RECIPIENTS.page(
        tx, filters={"state": standing}, sort=sort, cursor=cursor, limit=limit, notification=emergency_id
    )


@get(
    "/api/emergency-notifications/{emergency_id:int}/recipients/export",
    guards=MAY,
    tags=TAGS,
    summary="Who is told, as a table",
    media_type="text/csv",
)
async def export_recipients(
    request: Asked,
    tx: Transaction,
    emergency_id: FromPath[Id],
    standing: OfState = None,
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """The same people as the list, with their phones: to call those who were not reached. That they were taken out is
    an audit fact."""
    await emergencies.emergency(tx, notification_id=emergency_id, user=request.user)
    await audit(
        tx,
        actor=request.user,
        action="emergency_notification.exported",
        subject=emergencies.ABOUT,
        subject_id=emergency_id,
        after={"state": standing},
    )
    database: Database = request.app.state.database

    async def rows() -> AsyncIterator[Sequence[Any]]:
        async with database.transaction() as reading:
            async for one in every_recipient(reading, notification_id=emergency_id, state=standing):
                ways = {way.channel: f"{way.status} {way.because}".strip() for way in one.channels}
                yield [
                    one.patient_id, one.patient_name, one.record_number, one.phone, one.state,
                    *(ways.get(channel, "") for channel in CHANNELS),
                ]  # fmt: skip

    columns = ("patientId", "patientName", "recordNumber", "phone", "state", *CHANNELS)
    return await table(kind, columns, rows(), name=f"emergency-notification-{emergency_id}")


EMERGENCY_ROUTES = [
    preview_emergency,
    post_emergency,
    list_emergencies,
    get_emergency,
    post_cancel,
    list_recipients,
    export_recipients,
]
