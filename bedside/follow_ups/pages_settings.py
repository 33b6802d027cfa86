"""Pages of settings: the tags there are, and the fields that the group added to its records."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.follow_ups import field_values, tagging
from bedside.follow_ups.model import (
    CustomField,
    CustomFieldChanges,
    NewCustomField,
    NewTag,
    RecordId,
    Tag,
    TagChanges,
)
from bedside.follow_ups.subjects import subjects
from bedside.kit.http.forms import Wrong, fields_of, read_as, told
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]

COLOURS = [
    ("teal", "Teal"), ("blue", "Blue"), ("violet", "Violet"), ("green", "Green"), ("amber", "Amber"), ("red", "Red"),
    ("neutral", "Grey"),
]  # fmt: skip
TYPES = [
    ("text", "Text"), ("number", "Number"), ("date", "Date"), ("boolean", "Yes or no"), ("choice", "One of a few"),
]  # fmt: skip
_TAG_WORDS = {"name": "Give the tag a name of 60 letters at most."}
_FIELD_WORDS = {"label": "Give the field a name.", "type": "Choose what goes into it.", "key": "a-z, 0-9 and _ only."}
_FIELD_NAMES = ("subject", "label", "type", "key", "choices")


def _toast(title: str, text: str = "") -> Template:
    # both regions listen to the event of their own name, which no socket sends
    return Template(
        "follow_ups/toast.html",
        context={"title": title, "text": text, "undo": ""},
        headers={"HX-Trigger": '{"dialog:close": {}, "settings": {}}'},
    )


@get("/settings/tags", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def tags_page(request: Person, tx: Transaction) -> Template:
    """Every tag, and on how many records it is."""
    name = "follow_ups/tag_list.html" if "x-quiet" in request.headers else "follow_ups/tag_settings.html"
    return Template(name, context={"tags": await tagging.tags(tx)})


def _tag_form(values: dict[str, str], *, tag: Tag | None, errors: dict[str, str]) -> Template:
    context = {
        "values": values, "tag": tag, "errors": errors, "colours": COLOURS,
        "action": f"/settings/tags/{tag.id}" if tag else "/settings/tags",
    }  # fmt: skip
    return Template("follow_ups/tag_form.html", context=context, status_code=422 if errors else 200)


@get("/settings/tags/new", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def new_tag_dialog() -> Template:
    """The form for a new tag."""
    return _tag_form({"name": "", "colour": "teal"}, tag=None, errors={})


@get("/settings/tags/{tag_id:int}", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def tag_dialog(tag_id: FromPath[RecordId], tx: Transaction) -> Template:
    """The form for a tag."""
    tag = await tagging.tag_with_id(tx, tag_id)
    return _tag_form({"name": tag.name, "colour": tag.colour}, tag=tag, errors={})


@post("/settings/tags", guards=[requires(Permission.DIRECTORY_EDIT)], status_code=200, include_in_schema=False)
async def make_tag(request: Person, tx: Transaction) -> Template:
    """Makes a tag."""
    return await _save_tag(request, tx, None)


@post(
    "/settings/tags/{tag_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def change_tag(tag_id: FromPath[RecordId], request: Person, tx: Transaction) -> Template:
    """Renames or recolours a tag."""
    return await _save_tag(request, tx, await tagging.tag_with_id(tx, tag_id))


async def _save_tag(request: Person, tx: Transaction, tag: Tag | None) -> Template:
    fields = await fields_of(request)
    values = {"name": fields.get("name", ""), "colour": fields.get("colour", "teal")}
    try:
        async with tx.savepoint():
            if tag is None:
                await tagging.make_tag(tx, new=read_as(NewTag, values, _TAG_WORDS), actor=request.user)
            else:
                changes = read_as(TagChanges, values, _TAG_WORDS)
                await tagging.change_tag(tx, tag_id=tag.id, changes=changes, actor=request.user)
    except Wrong as wrong:
        return _tag_form(values, tag=tag, errors=wrong.errors)
    except Problem as problem:
        return _tag_form(values, tag=tag, errors=told(problem, ("name", "colour")))
    return _toast("Saved", values["name"])


@post(
    "/settings/tags/{tag_id:int}/delete",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def delete_tag(tag_id: FromPath[RecordId], request: Person, tx: Transaction) -> Template:
    """Takes a tag off everything and does away with it."""
    await tagging.delete_tag(tx, tag_id=tag_id, actor=request.user)
    return _toast("Tag deleted")


@get("/settings/custom-fields", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def fields_page(request: Person, tx: Transaction) -> Template:
    """The fields that were added to records, archived ones last."""
    context = {
        "fields": await field_values.custom_fields(tx, archived=True),
        "type_names": dict(TYPES),
        "subject_names": {noun: subject.label for noun, subject in subjects().items()},
    }
    name = "follow_ups/field_list.html" if "x-quiet" in request.headers else "follow_ups/field_settings.html"
    return Template(name, context=context)


def _field_form(values: dict[str, Any], *, field: CustomField | None, errors: dict[str, str]) -> Template:
    context = {
        "values": values, "field": field, "errors": errors, "types": TYPES,
        "subjects": [(noun, subject.label) for noun, subject in subjects().items()],
        "action": f"/settings/custom-fields/{field.id}" if field else "/settings/custom-fields",
    }  # fmt: skip
    return Template("follow_ups/field_form.html", context=context, status_code=422 if errors else 200)


@get("/settings/custom-fields/new", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def new_field_dialog() -> Template:
    """The form for a new field."""
    values = {"subject": "patient", "label": "", "type": "text", "choices": "", "required": False}
    return _field_form(values, field=None, errors={})


@get("/settings/custom-fields/{field_id:int}", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def field_dialog(field_id: FromPath[RecordId], tx: Transaction) -> Template:
    """The form for a field."""
    field = await field_values.custom_field(tx, field_id)
    values = {"label": field.label, "type": field.type, "choices": "\n".join(field.choices), "required": field.required}
    return _field_form(values, field=field, errors={})


@post("/settings/custom-fields", guards=[requires(Permission.DIRECTORY_EDIT)], status_code=200, include_in_schema=False)
async def add_field(request: Person, tx: Transaction) -> Template:
    """Adds a field."""
    return await _save_field(request, tx, None)


@post(
    "/settings/custom-fields/{field_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def change_field(field_id: FromPath[RecordId], request: Person, tx: Transaction) -> Template:
    """Changes a field's words, choices, and whether it is required."""
    return await _save_field(request, tx, await field_values.custom_field(tx, field_id))


async def _save_field(request: Person, tx: Transaction, field: CustomField | None) -> Template:
    typed = await fields_of(request)
    values: dict[str, Any] = {
        "subject": typed.get("subject", "patient"),
        "label": typed.get("label", ""),
        "type": field.type if field else typed.get("type", ""),
        "choices": typed.get("choices", ""),
        "required": "required" in typed,
    }
    given = {"label": values["label"], "required": values["required"]}
    if values["type"] == "choice":
        given["choices"] = [line.strip() for line in values["choices"].splitlines() if line.strip()]
    try:
        async with tx.savepoint():
            if field is None:
                given |= {"subject": values["subject"], "type": values["type"]}
                new = read_as(NewCustomField, given, _FIELD_WORDS)
                await field_values.add_custom_field(tx, new=new, actor=request.user)
            else:
                changes = read_as(CustomFieldChanges, given, _FIELD_WORDS)
                await field_values.change_custom_field(tx, field_id=field.id, changes=changes, actor=request.user)
    except Wrong as wrong:
        return _field_form(values, field=field, errors=wrong.errors)
    except Problem as problem:
        errors = told(problem, _FIELD_NAMES)
        return _field_form(values, field=field, errors={"label": errors["key"]} if "key" in errors else errors)
    return _toast("Saved", values["label"])


@post(
    "/settings/custom-fields/{field_id:int}/{what:str}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def act_on_field(field_id: FromPath[RecordId], what: FromPath[str], request: Person, tx: Transaction) -> Template:
    """`archive` or `restore`; values stay."""
    if what not in ("archive", "restore"):
        raise NotFound("A field does not know that.", next_step="Reload the page.")
    changes = CustomFieldChanges(archived=what == "archive")
    field = await field_values.change_custom_field(tx, field_id=field_id, changes=changes, actor=request.user)
    return _toast("Archived" if what == "archive" else "It shows again", field.label)


PAGES = [
    tags_page, new_tag_dialog, tag_dialog, make_tag, change_tag, delete_tag, fields_page, new_field_dialog,
    field_dialog, add_field, change_field, act_on_field,
]  # fmt: skip
