"""The pages of reminders: what goes out when, what became of it, and the policies."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import HOSPITAL_COOKIE, hospital_chosen
from bedside.kit.database import Tx
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.reminders import store
from bedside.reminders.by_hand import add_reminder, send_now, withdraw_reminder
from bedside.reminders.forms import read_reminder
from bedside.reminders.pages_policies import POLICY_PAGES
from bedside.reminders.routes import check_appointment, check_reminder
from bedside.reminders.tasks import send_due

Asked = Request[SignedIn, Any, Any]

# What each tab shows, and in which order: what is to come the soonest first, what is over the newest first.
TABS: dict[str, tuple[str, list[str], str]] = {
    "waiting": ("Waiting", ["scheduled"], "dueAt"),
    "sent": ("Sent", ["sent"], "-dueAt"),
    "problems": ("Not sent", ["failed", "skipped"], "-dueAt"),
    "withdrawn": ("Withdrawn", ["cancelled"], "-dueAt"),
}


async def _listed(request: Asked, tx: Tx, *, tab: str, channel: str, cursor: str) -> dict[str, Any]:
    place = await hospital_chosen(tx, user=request.user, cookie=request.cookies.get(HOSPITAL_COOKIE))
    tab = tab if tab in TABS else "waiting"
    channel = channel if channel in ("sms", "whatsapp", "email") else ""
    _, statuses, sort = TABS[tab]
    page = await store.page(
        tx,
        sort=sort,
        cursor=cursor or None,
        limit=50,
        statuses=statuses,
        channel=channel or None,
        hospital=place.id,
    )
    return {
        "reminders": page.items,
        "next": page.next,
        "tab": tab,
        "tabs": [(name, label) for name, (label, _, _) in TABS.items()],
        "channel": channel,
        "counts": await store.counts(tx, hospital_ids=[place.id]),
        "now": tx.now,
        "query": request.url.query,
        "zone": place.time_zone,
        "may_send": request.user.may(Permission.REMINDERS_SEND),
        "may_edit_policies": request.user.may(Permission.REMINDER_POLICIES_EDIT),
    }


@get("/reminders", guards=[requires(Permission.REMINDERS_READ)], include_in_schema=False)
async def reminders_page(
    request: Asked,
    tx: Transaction,
    tab: Annotated[str, QueryParameter(name="tab")] = "waiting",
    channel: Annotated[str, QueryParameter(name="channel")] = "",
    cursor: Annotated[str, QueryParameter(name="cursor")] = "",
) -> Template:
    """Every reminder of the hospital by what became of it."""
    context = await _listed(request, tx, tab=tab, channel=channel, cursor=cursor)
    return Template("reminders/list.html", context=context)


@get("/reminders/rows", guards=[requires(Permission.REMINDERS_READ)], include_in_schema=False)
async def reminders_region(
    request: Asked,
    tx: Transaction,
    tab: Annotated[str, QueryParameter(name="tab")] = "waiting",
    channel: Annotated[str, QueryParameter(name="channel")] = "",
) -> Template:
    """The list alone, for when something happened."""
    context = await _listed(request, tx, tab=tab, channel=channel, cursor="")
    return Template("reminders/rows.html", context=context)


def _said(
    title: str, text: str = "", tone: str = "green", icon_name: str = "circle-check", close: bool = False
) -> Template:
    headers = {"HX-Trigger": "dialog:close, reminder"} if close else {"HX-Trigger": "reminder"}
    context = {"title": title, "text": text, "tone": tone, "icon_name": icon_name}
    return Template("reminders/said.html", context=context, headers=headers)


@post("/reminders/process", guards=[requires(Permission.REMINDERS_SEND)], include_in_schema=False, status_code=200)
async def process_now(request: Asked, state: State) -> Template:
    """Sends what is due now, and says what became of it."""
    done = await send_due(state.database, hospital_ids=request.user.hospitals)
    parts = [
        f"{count} {word}"
        for count, word in (
            (done.queued, "on the way"),
            (done.skipped, "skipped"),
            (done.cancelled, "withdrawn, since the visit changed"),
            (done.failed, "failed"),
        )
        if count
    ]
    if not parts:
        return _said("Nothing is due", "Reminders go out by themselves as soon as they are.", "blue", "info-circle")
    return _said("Reminders processed", ", ".join(parts) + ".", "amber" if done.failed else "green")


@post("/reminders/{reminder_id:int}/send-now", guards=[requires(Permission.REMINDERS_SEND)], include_in_schema=False,
      status_code=200)  # fmt: skip
async def send_now_from_page(request: Asked, tx: Transaction, reminder_id: FromPath[int]) -> Template:
    """Sends one without waiting for its time."""
    await check_reminder(tx, reminder_id, request.user)
    shown = await send_now(tx, reminder_id=reminder_id, actor=request.user)
    if shown.status in ("scheduled", "sent"):
        return _said("On its way", f"{shown.patient_name} gets it in a moment.")
    return _said(f"Not sent: {shown.status}", shown.because, "amber", "alert-triangle")


@post("/reminders/{reminder_id:int}/withdraw", guards=[requires(Permission.REMINDERS_SEND)], include_in_schema=False,
      status_code=200)  # fmt: skip
async def withdraw_from_page(request: Asked, tx: Transaction, reminder_id: FromPath[int]) -> Template:
    """Withdraws one that has not gone out."""
    await check_reminder(tx, reminder_id, request.user)
    shown = await withdraw_reminder(tx, reminder_id=reminder_id, actor=request.user)
    return _said("Withdrawn", f"{shown.patient_name} does not get it.")


@get("/appointments/{appointment_id:int}/reminders", guards=[requires(Permission.REMINDERS_READ)],
     include_in_schema=False)  # fmt: skip
async def appointment_panel(request: Asked, tx: Transaction, appointment_id: FromPath[int]) -> Template:
    """The reminders of one visit: a panel for the visit's own page."""
    await check_appointment(tx, appointment_id, request.user)
    found = await store.of_appointment(tx, appointment_id=appointment_id)
    return Template(
        "reminders/panel.html",
        context={
            "reminders": found,
            "appointment_id": appointment_id,
            "may_send": request.user.may(Permission.REMINDERS_SEND),
        },
    )


@get("/appointments/{appointment_id:int}/reminders/new", guards=[requires(Permission.REMINDERS_SEND)],
     include_in_schema=False)  # fmt: skip
async def new_reminder_form(request: Asked, tx: Transaction, appointment_id: FromPath[int]) -> Template:
    """The form for a reminder by hand."""
    await check_appointment(tx, appointment_id, request.user)
    values = {"channel": "sms", "date": "", "time": "", "message": ""}
    return Template("reminders/new.html", context={"appointment_id": appointment_id, "values": values, "errors": {}})


@post("/appointments/{appointment_id:int}/reminders/new", guards=[requires(Permission.REMINDERS_SEND)],
      include_in_schema=False, status_code=200)  # fmt: skip
async def add_reminder_from_page(
    request: Asked, tx: Transaction, appointment_id: FromPath[int]
) -> Template | Response[Any]:
    """Adds a reminder by hand."""
    await check_appointment(tx, appointment_id, request.user)
    values = {name: str(value) for name, value in (await request.form()).items()}
    errors: dict[str, str] = {}
    try:
        new, errors = read_reminder(values)
        if new is not None:
            async with tx.savepoint():
                await add_reminder(tx, appointment_id=appointment_id, new=new, actor=request.user)
            return _said(
                "Reminder added", "It goes out at its time." if new.send_at else "It goes out now.", close=True
            )
    except Problem as problem:
        field = problem.errors[0]["pointer"].strip("/") if problem.errors else "channel"
        errors = {{"sendAt": "time"}.get(field, field): problem.detail}
    context = {"appointment_id": appointment_id, "values": values, "errors": errors}
    return Template("reminders/new.html", context=context, status_code=422)


PAGES = [
    reminders_page,
    reminders_region,
    process_now,
    send_now_from_page,
    withdraw_from_page,
    appointment_panel,
    new_reminder_form,
    add_reminder_from_page,
    *POLICY_PAGES,
]
