"""REST of reminders and their policies."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post, put
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import department
from bedside.kit.database import Tx
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Forbidden, NotFound
from bedside.kit.http.transaction import Transaction
from bedside.reminders import store, store_policies
from bedside.reminders.by_hand import add_reminder, reminder, send_now, withdraw_reminder
from bedside.reminders.model import Channel, NewPolicy, NewReminder, Policy, PolicyNotFound, Processed, ReminderView
from bedside.reminders.policies import add_policy, change_policy
from bedside.reminders.tasks import send_due
from bedside.scheduling import appointment

Asked = Request[SignedIn, Any, Any]


async def check_appointment(tx: Tx, appointment_id: int, user: SignedIn) -> None:
    """Raises NotFound (404) for a visit that is not there, or at a hospital where the user does not work."""
    visit = await appointment(tx, appointment_id)
    if not user.works_at(visit.hospital_id):
        raise NotFound("There is no such appointment.")


async def check_reminder(tx: Tx, reminder_id: int, user: SignedIn) -> ReminderView:
    """The reminder. Raises NotFound (404) for one that is not there, or of a hospital that is not the user's."""
    shown = await reminder(tx, reminder_id)
    if not user.works_at(shown.hospital_id):
        raise NotFound("There is no such reminder.")
    return shown


@get(
    "/api/appointments/reminders/pending",
    guards=[requires(Permission.REMINDERS_READ)],
    tags=["Reminders"],
    summary="Reminders that are still to go out",
)
async def pending_reminders(
    request: Asked,
    tx: Transaction,
    channel: Annotated[Channel | None, QueryParameter(name="channel")] = None,
    hospital_id: Annotated[int | None, QueryParameter(name="hospitalId")] = None,
    patient_id: Annotated[int | None, QueryParameter(name="patientId")] = None,
    appointment_id: Annotated[int | None, QueryParameter(name="appointmentId")] = None,
    due_before: Annotated[datetime | None, QueryParameter(name="dueBefore")] = None,
    sort: Annotated[str | None, QueryParameter(name="sort")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[ReminderView]:
    """Scheduled reminders at your hospitals, the soonest first (`sort`: `dueAt`, `-dueAt`).

    `dueBefore` (RFC 3339) narrows to those due by then. A reminder stays here until a provider has taken its message.
    """
    return await store.page(
        tx,
        sort=sort,
        cursor=cursor,
        limit=limit,
        status="scheduled",
        channel=channel,
        hospital=hospital_id,
        hospitals=request.user.hospitals,
        patient=patient_id,
        appointment=appointment_id,
        due_before=due_before,
    )


@post(
    "/api/appointments/reminders/process",
    guards=[requires(Permission.REMINDERS_SEND)],
    tags=["Reminders"],
    summary="Send the reminders that are due now",
    status_code=200,
)
async def process_reminders(request: Asked, state: State) -> Processed:
    """Hands every reminder at your hospitals whose time has come to the message queue, and says what became of them.

    The worker does the same by itself twice a second. Calling it again, or from two places at once, sends nothing
    twice. `stillDue` over 0 means that there were more than one call takes (5,000): call again.
    """
    return await send_due(state.database, hospital_ids=request.user.hospitals)


@get(
    "/api/appointments/{appointment_id:int}/reminders",
    guards=[requires(Permission.REMINDERS_READ)],
    tags=["Reminders"],
    summary="The reminders of an appointment",
)
async def appointment_reminders(request: Asked, tx: Transaction, appointment_id: FromPath[int]) -> Page[ReminderView]:
    """All of them, by time: scheduled, sent, failed, cancelled and skipped ones, with the reason of the last three."""
    await check_appointment(tx, appointment_id, request.user)
    return Page(items=await store.of_appointment(tx, appointment_id=appointment_id))


@post(
    "/api/appointments/{appointment_id:int}/reminders",
    guards=[requires(Permission.REMINDERS_SEND)],
    tags=["Reminders"],
    summary="Add a reminder by hand",
)
async def add_appointment_reminder(
    request: Asked, tx: Transaction, appointment_id: FromPath[int], data: JSONBody[NewReminder]
) -> Response[Any]:
    """`{"channel": "sms", "sendAt": "2026-11-24T09:00:00-05:00", "message": "Please bring your glasses."}`

    `sendAt` with its offset is an instant, without one a time at the hospital; left out, it goes at once. Without
    `message` it has the usual words of a reminder. It counts as urgent, so quiet hours do not delay it. Problems: 409
    where the visit is over, or the patient has no such channel or refused it; 422 for a moment in the past.
    """
    await check_appointment(tx, appointment_id, request.user)
    return await once(request, tx, add_reminder(tx, appointment_id=appointment_id, new=data, actor=request.user))


@post(
    "/api/appointments/reminders/{reminder_id:int}/send-now",
    guards=[requires(Permission.REMINDERS_SEND)],
    tags=["Reminders"],
    summary="Send a reminder now",
    status_code=200,
)
async def send_reminder_now(request: Asked, tx: Transaction, reminder_id: FromPath[int]) -> ReminderView:
    """Without waiting for its time. One that failed or was skipped is tried again; asked twice, it goes once."""
    await check_reminder(tx, reminder_id, request.user)
    return await send_now(tx, reminder_id=reminder_id, actor=request.user)


@delete(
    "/api/appointments/reminders/{reminder_id:int}",
    guards=[requires(Permission.REMINDERS_SEND)],
    tags=["Reminders"],
    summary="Withdraw a reminder",
    status_code=200,
)
async def delete_reminder(request: Asked, tx: Transaction, reminder_id: FromPath[int]) -> ReminderView:
    """It will not go out; it stays on record as cancelled, with who withdrew it. 409 where it has gone out."""
    await check_reminder(tx, reminder_id, request.user)
    return await withdraw_reminder(tx, reminder_id=reminder_id, actor=request.user)


@get(
    "/api/reminder-policies",
    guards=[requires(Permission.REMINDERS_READ)],
    tags=["Reminders"],
    summary="Reminder policies",
)
async def list_policies(request: Asked, tx: Transaction) -> Page[Policy]:
    """Ladders of steps: for a visit the active one of its department holds, else its hospital's, else the group's."""
    return Page(items=await store_policies.policies(tx, hospital_ids=request.user.hospitals))


@get(
    "/api/reminder-policies/{policy_id:int}",
    guards=[requires(Permission.REMINDERS_READ)],
    tags=["Reminders"],
    summary="One reminder policy",
)
async def get_policy(request: Asked, tx: Transaction, policy_id: FromPath[int]) -> Response[Policy]:
    """With its steps, the earliest first, and its version as ETag."""
    policy = await check_policy(tx, policy_id, request.user)
    return Response(policy, headers={"ETag": etag(policy.version)})


@post(
    "/api/reminder-policies",
    guards=[requires(Permission.REMINDER_POLICIES_EDIT)],
    tags=["Reminders"],
    summary="Add a reminder policy",
)
async def post_policy(request: Asked, tx: Transaction, data: JSONBody[NewPolicy]) -> Response[Any]:
    """For a department, a hospital or (with neither) the group. 409 where an active one is there for the same place."""
    await check_place(tx, hospital_id=data.hospital_id, department_id=data.department_id, user=request.user)
    return await once(
        request,
        tx,
        add_policy(tx, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version)},
    )


@put(
    "/api/reminder-policies/{policy_id:int}",
    guards=[requires(Permission.REMINDER_POLICIES_EDIT)],
    tags=["Reminders"],
    summary="Change a reminder policy",
)
async def put_policy(
    request: Asked, tx: Transaction, policy_id: FromPath[int], data: JSONBody[NewPolicy]
) -> Response[Policy]:
    """Its name, its steps and whether it is active; its place stays. Visits booked from now on follow it.

    Takes `If-Match`; 412 where somebody else changed it meanwhile.
    """
    before = await check_policy(tx, policy_id, request.user)
    await check_place(tx, hospital_id=before.hospital_id, department_id=None, user=request.user)
    policy = await change_policy(
        tx, policy_id=policy_id, new=data, actor=request.user, expected_version=expected_version(request)
    )
    return Response(policy, headers={"ETag": etag(policy.version)})


async def check_place(tx: Tx, *, hospital_id: int | None, department_id: int | None, user: SignedIn) -> None:
    """Raises Forbidden (403) for a policy of a hospital that is not the user's, or of the group where not all are."""
    if department_id is not None:
        hospital_id = (await department(tx, department_id)).hospital_id
    user.check_works_at(hospital_id)
    if hospital_id is None and user.hospital_ids is not None:
        raise Forbidden(
            "The group's policy holds for hospitals that you do not work at.",
            next_step="Make one for your hospital, which goes before it.",
        )


async def check_policy(tx: Tx, policy_id: int, user: SignedIn) -> Policy:
    """The policy. Raises PolicyNotFound (404) for one that is not there, or of a hospital that is not the user's."""
    policy = await store_policies.policy(tx, policy_id)
    if policy is None or not user.works_at(policy.hospital_id):
        raise PolicyNotFound("There is no such reminder policy.", next_step="Look at the list again.")
    return policy


ROUTES = [
    pending_reminders,
    process_reminders,
    appointment_reminders,
    add_appointment_reminder,
    send_reminder_now,
    delete_reminder,
    list_policies,
    get_policy,
    post_policy,
    put_policy,
]
