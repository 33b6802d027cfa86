"""What the page of a patient, an owner and the like shows of follow-ups: notes, tags, tasks and custom fields, each a
region that stays fresh."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, audit_reading, requires
from bedside.follow_ups import field_values, note_writing, staff_tasks, store_tasks, tagging
from bedside.follow_ups.model import CustomValue, FieldValue, NewNote, NewTask, NoteChanges, RecordId, ValueRefused
from bedside.follow_ups.subjects import check_subject
from bedside.follow_ups.views import named
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
BASE = "/panels/follow-ups/{subject:str}/{subject_id:int}"
_WORDS = {"body": "Write something first.", "title": "Say in a few words what is to be done."}


def _base(subject: str, subject_id: int) -> str:
    return f"/panels/follow-ups/{subject}/{subject_id}"


async def _note_reading(tx: Tx, user: SignedIn, subject: str, subject_id: int) -> None:
    if subject == "patient":
        await audit_reading(tx, actor=user, patient_id=subject_id)


async def _notes(tx: Tx, user: SignedIn, subject: str, subject_id: int) -> dict[str, Any]:
    found = await note_writing.notes(tx, subject=subject, subject_id=subject_id)
    return {"notes": found, "editable": {one.id for one in found if note_writing.may_edit(one, user)}}


async def _tags(tx: Tx, user: SignedIn, subject: str, subject_id: int) -> dict[str, Any]:
    return {"tags": await tagging.tags_of(tx, subject=subject, subject_id=subject_id)}


async def _tasks(tx: Tx, user: SignedIn, subject: str, subject_id: int) -> dict[str, Any]:
    about = {"patient_id": subject_id} if subject == "patient" else {"subject": subject, "subject_id": subject_id}
    filters: dict[str, Any] = about | {"within": user.hospitals}
    open_ones = await store_tasks.TASKS.page(tx, filters=filters | {"status": "open"}, sort="urgency", limit=20)
    closed = await store_tasks.TASKS.page(tx, filters=filters | {"closed": True}, sort="-updatedAt", limit=3)
    return {"tasks": await named(tx, open_ones.items + closed.items, reader=user)}


async def _values(tx: Tx, user: SignedIn, subject: str, subject_id: int) -> dict[str, Any]:
    return {
        "fields": await field_values.custom_values_of(tx, subject=subject, subject_id=subject_id),
        "may_define": user.may(Permission.DIRECTORY_EDIT),
    }


REGIONS = {"notes": _notes, "tags": _tags, "tasks": _tasks, "custom-values": _values}
TEMPLATES = {
    "notes": "follow_ups/notes.html",
    "tags": "follow_ups/tags.html",
    "tasks": "follow_ups/record_tasks.html",
    "custom-values": "follow_ups/custom_values.html",
}


async def _context(
    tx: Tx,
    user: SignedIn,
    subject: str,
    subject_id: int,
    *regions: str,
    errors: dict[str, str] | None = None,
    typed: str = "",
) -> dict[str, Any]:
    context: dict[str, Any] = {
        "subject": subject, "subject_id": subject_id, "base": _base(subject, subject_id), "errors": errors or {},
        "may_edit": user.may(Permission.FOLLOW_UPS_EDIT), "typed": typed,
    }  # fmt: skip
    for region in regions:
        context |= await REGIONS[region](tx, user, subject, subject_id)
    return context


@get(
    BASE,
    guards=[requires(Permission.FOLLOW_UPS_READ)],
    include_in_schema=False,
)
async def follow_ups_panel(
    subject: FromPath[str], subject_id: FromPath[RecordId], request: Person, tx: Transaction
) -> Template:
    """All four, for the patient's page to load once; each then keeps itself fresh. 404 for nobody."""
    await check_subject(tx, noun=subject, subject_id=subject_id, actor=request.user)
    await _note_reading(tx, request.user, subject, subject_id)
    return Template("follow_ups/panel.html", context=await _context(tx, request.user, subject, subject_id, *REGIONS))


@get(
    f"{BASE}/regions/{{region:str}}",
    guards=[requires(Permission.FOLLOW_UPS_READ)],
    include_in_schema=False,
)
async def follow_ups_region(
    subject: FromPath[str], subject_id: FromPath[RecordId], region: FromPath[str], request: Person, tx: Transaction
) -> Template:
    """One of them: notes, tags, tasks or custom-values."""
    if region not in REGIONS:
        raise NotFound("There is no such panel.", next_step="Reload the page.")
    await check_subject(tx, noun=subject, subject_id=subject_id, actor=request.user)
    await _note_reading(tx, request.user, subject, subject_id)
    return await _region(tx, request.user, subject, subject_id, region)


async def _region(
    tx: Tx,
    user: SignedIn,
    subject: str,
    subject_id: int,
    region: str,
    *,
    errors: dict[str, str] | None = None,
    typed: str = "",
) -> Template:
    context = await _context(tx, user, subject, subject_id, region, errors=errors, typed=typed)
    return Template(TEMPLATES[region], context=context, status_code=422 if errors else 200)


@post(
    f"{BASE}/notes",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def write_note(
    subject: FromPath[str], subject_id: FromPath[RecordId], request: Person, tx: Transaction
) -> Template:
    """Writes a note, and shows the notes."""
    body = (await fields_of(request)).get("body", "")
    try:
        new = read_as(NewNote, {"subject": subject, "subject_id": subject_id, "body": body}, _WORDS)
        async with tx.savepoint():
            await note_writing.add_note(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return await _region(tx, request.user, subject, subject_id, "notes", errors=wrong.errors, typed=body)
    except Problem as problem:
        return await _region(
            tx, request.user, subject, subject_id, "notes", errors=told(problem, ("body",)), typed=body
        )
    return await _region(tx, request.user, subject, subject_id, "notes")


@get("/notes/{note_id:int}/edit", guards=[requires(Permission.FOLLOW_UPS_EDIT)], include_in_schema=False)
async def note_dialog(note_id: FromPath[RecordId], request: Person, tx: Transaction) -> Template:
    """The form for a note's words."""
    note = await note_writing.note(tx, note_id, seen_by=request.user)
    context = {"note": note, "body": note.body, "errors": {}}
    return Template("follow_ups/note_form.html", context=context)


@post("/notes/{note_id:int}", guards=[requires(Permission.FOLLOW_UPS_EDIT)], status_code=200, include_in_schema=False)
async def edit_note(note_id: FromPath[RecordId], request: Person, tx: Transaction) -> Template:
    """Changes a note's words; refused where somebody else did since the form was opened."""
    fields = await fields_of(request)
    note = await note_writing.note(tx, note_id, seen_by=request.user)
    version = fields.get("version", "")
    try:
        changes = read_as(NoteChanges, {"body": fields.get("body", "")}, _WORDS)
        async with tx.savepoint():
            await note_writing.change_note(
                tx,
                note_id=note_id,
                changes=changes,
                actor=request.user,
                expected_version=number_in(version),
            )
    except Wrong as wrong:
        errors = wrong.errors
    except Problem as problem:
        errors = told(problem, ("body",))
    else:
        return _toast("Note changed", trigger='{"dialog:close": {}, "note": {}}')
    context = {"note": note, "body": fields.get("body", ""), "errors": errors}
    return Template("follow_ups/note_form.html", context=context, status_code=422)


@post(
    "/notes/{note_id:int}/{what:str}",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def act_on_note(note_id: FromPath[RecordId], what: FromPath[str], request: Person, tx: Transaction) -> Template:
    """`pin`, `unpin`, `delete` (its toast undoes it) or `restore`."""
    match what:
        case "pin" | "unpin":
            changes = NoteChanges(pinned=what == "pin")
            await note_writing.change_note(tx, note_id=note_id, changes=changes, actor=request.user)
            return _toast("Pinned" if what == "pin" else "No longer pinned", trigger="note")
        case "delete":
            await note_writing.delete_note(tx, note_id=note_id, actor=request.user)
            return _toast("Note deleted", trigger="note", undo=f"/notes/{note_id}/restore")
        case "restore":
            await note_writing.restore_note(tx, note_id=note_id, actor=request.user)
            return _toast("The note is back", trigger="note")
    raise NotFound("A note does not know that.", next_step="Reload the page.")


@get("/tags/options", guards=[requires(Permission.FOLLOW_UPS_READ)], include_in_schema=False)
async def tag_options(tx: Transaction, q: FromQuery[str] = "") -> Template:
    """Tags to choose among as one types, and the offer to make one."""
    words = " ".join(q.split())[:60]
    known = await tagging.tags(tx)
    found = [one for one in known if words.lower() in one.name.lower()][:12]
    new = words if words and all(one.name.lower() != words.lower() for one in known) else ""
    return Template("follow_ups/tag_options.html", context={"found": found, "new": new})


@post(
    f"{BASE}/tags",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def put_tag(subject: FromPath[str], subject_id: FromPath[RecordId], request: Person, tx: Transaction) -> Template:
    """Puts a tag on, by its name, making it where there is none; without a name nothing happens."""
    name = (await fields_of(request)).get("tag", "")
    if name:
        await tagging.tag(tx, subject=subject, subject_id=subject_id, name=name, actor=request.user)
    return await _region(tx, request.user, subject, subject_id, "tags")


@post(
    f"{BASE}/tags/{{tag_id:int}}/take-off",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def take_tag(
    subject: FromPath[str], subject_id: FromPath[RecordId], tag_id: FromPath[RecordId], request: Person, tx: Transaction
) -> Template:
    """Takes a tag off."""
    await tagging.take_tag(tx, tag_id=tag_id, subject=subject, subject_id=subject_id, actor=request.user)
    return await _region(tx, request.user, subject, subject_id, "tags")


@post(
    f"{BASE}/tasks",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def quick_task(
    subject: FromPath[str], subject_id: FromPath[RecordId], request: Person, tx: Transaction
) -> Template:
    """Opens a task of a few words, at the hospital that the reader chose."""
    title = (await fields_of(request)).get("title", "")
    visitor = request.app.state.visitors.visitor_of(request)
    place = visitor.hospital.id if visitor and visitor.hospital else None
    try:
        new = read_as(
            NewTask, {"title": title, "subject": subject, "subject_id": subject_id, "hospital_id": place}, _WORDS
        )
        async with tx.savepoint():
            await staff_tasks.add_task(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return await _region(tx, request.user, subject, subject_id, "tasks", errors=wrong.errors, typed=title)
    except Problem as problem:
        return await _region(
            tx, request.user, subject, subject_id, "tasks", errors=told(problem, ("title",)), typed=title
        )
    return await _region(tx, request.user, subject, subject_id, "tasks")


@get(
    f"{BASE}/custom-values/edit",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    include_in_schema=False,
)
async def values_dialog(
    subject: FromPath[str], subject_id: FromPath[RecordId], request: Person, tx: Transaction
) -> Template:
    """The form for the custom fields of a patient."""
    await check_subject(tx, noun=subject, subject_id=subject_id, actor=request.user)
    fields = await field_values.custom_values_of(tx, subject=subject, subject_id=subject_id)
    return _values_form(fields, _base(subject, subject_id), {one.key: _as_typed(one) for one in fields}, {})


@post(
    f"{BASE}/custom-values",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def set_values(
    subject: FromPath[str], subject_id: FromPath[RecordId], request: Person, tx: Transaction
) -> Template:
    """Writes all of them, or none."""
    typed = await fields_of(request)
    fields = await field_values.custom_values_of(tx, subject=subject, subject_id=subject_id)
    wanted = {one.key: _as_value(one, typed[one.key]) for one in fields if one.key in typed}
    try:
        async with tx.savepoint():
            await field_values.set_custom_values(
                tx, subject=subject, subject_id=subject_id, wanted=wanted, actor=request.user
            )
    except ValueRefused as refused:
        errors = {error["pointer"].removeprefix("/values/"): error["detail"] for error in refused.errors}
        return _values_form(fields, _base(subject, subject_id), typed, errors)
    return _toast("Saved", trigger='{"dialog:close": {}, "custom_values": {}}')


def _values_form(fields: list[FieldValue], base: str, typed: dict[str, str], errors: dict[str, str]) -> Template:
    context = {
        "fields": fields, "typed": typed, "errors": errors, "base": base,
        "options": {one.key: [(choice, choice) for choice in one.choices] for one in fields},
    }  # fmt: skip
    return Template("follow_ups/values_form.html", context=context, status_code=422 if errors else 200)


def _as_typed(field: FieldValue) -> str:
    if field.value is None:
        return ""
    return {True: "yes", False: "no"}[field.value] if field.type == "boolean" else str(field.value)


def _as_value(field: FieldValue, text: str) -> CustomValue:
    """What somebody typed into a field, as the field takes it; what it cannot take goes on as it is, to be refused."""
    if not text:
        return None
    if field.type == "boolean":
        return {"yes": True, "no": False}.get(text, text)
    if field.type == "number":
        try:
            return int(text) if text.lstrip("-").isdecimal() and len(text) < 19 else float(text.replace(",", "."))
        except ValueError:
            return text
    return text


def _toast(title: str, text: str = "", *, trigger: str, undo: str = "") -> Template:
    context = {"title": title, "text": text, "undo": undo}
    return Template("follow_ups/toast.html", context=context, headers={"HX-Trigger": trigger})


PAGES = [
    follow_ups_panel, follow_ups_region, write_note, note_dialog, edit_note, act_on_note, tag_options, put_tag,
    take_tag, quick_task, values_dialog, set_values,
]  # fmt: skip
