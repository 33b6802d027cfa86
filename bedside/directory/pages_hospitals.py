"""Settings of the group's hospitals, and when each is open."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.directory import store
from bedside.directory.hospitals import add_hospital, change_hospital, opening_hours, set_opening_hours
from bedside.directory.hospitals import hospital as hospital_with_id
from bedside.directory.hospitals import hospitals as every_hospital
from bedside.directory.model import Hospital, HospitalChanges, Id, NewHospital, OpeningHours
from bedside.directory.pages_common import (
    MOST,
    WEEKDAYS,
    Person,
    countries,
    currencies,
    drawn,
    form,
    is_archiving,
    languages,
    locales,
    place_of,
    saved,
    wrongs,
)
from bedside.directory.validity import time_zones
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in, read_as
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction

_TEXTS = ("name", "slug", "time_zone", "currency", "locale", "country", "address", "directions")
_MAY_BE_NONE = ("subdivision", "phone", "email", "visit_worth")
# what a hospital begins with; afterwards its contact policy says (RULES.md, Reminders 6)
_QUIET = {"quiet_from": "21:00:00", "quiet_until": "08:00:00"}
_FIELDS = (*_TEXTS, *_MAY_BE_NONE, "languages", "online_booking")
_WORDS = {
    "name": "Give the hospital a name.",
    "slug": "Small letters, digits and hyphens only, such as saint-mary.",
    "time_zone": "Choose the time zone.",
    "currency": "Choose a currency.",
    "country": "Choose a country.",
    "subdivision": "Ten characters at most, such as NY.",
    "languages": "Choose a language.",
    "visit_worth": "Write it as a decimal, such as 120.00.",
}


@get("/settings/hospitals", guards=[requires(Permission.DIRECTORY_READ)], include_in_schema=False)
async def hospitals_page(request: Person, tx: Transaction) -> Template:
    """Every hospital of the group; those put away last."""
    found = await store.HOSPITALS.page(tx, filters={"archived": False}, limit=MOST)
    away = await store.HOSPITALS.page(tx, filters={"archived": True}, limit=MOST)
    user = request.user
    context = {
        "hospitals": found.items,
        "archived": away.items,
        "theirs": {one.id for one in found.items + away.items if user.works_at(one.id)},
        "may_add": user.may(Permission.DIRECTORY_EDIT) and user.hospitals is None,
        "sees_schedules": user.may(Permission.SCHEDULES_EDIT),
        "in_view": (await place_of(tx, request)).id if any(user.works_at(one.id) for one in found.items) else None,
    }
    return drawn(request, page="hospitals", region="hospital_list", context=context)


def _form(values: dict[str, Any], *, hospital: Hospital | None, errors: dict[str, str]) -> Template:
    context = {
        "values": values, "hospital": hospital, "zones": [(name, name.replace("_", " ")) for name in time_zones()],
        "currencies": currencies(), "countries": countries(), "locales": locales(),
        "languages": languages(*values["languages"]),
        "action": f"/settings/hospitals/{hospital.id}" if hospital else "/settings/hospitals",
    }  # fmt: skip
    return form("hospital_form", context, errors)


@get("/settings/hospitals/new", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def new_hospital_dialog(request: Person, tx: Transaction) -> Template:
    """The form for a new hospital, which starts from what the group's first has."""
    first = (await every_hospital(tx, ids=request.user.hospitals))[:1]
    values: dict[str, Any] = dict.fromkeys(_FIELDS, "")
    values |= {"country": "US", "currency": "USD", "locale": "en-US", "time_zone": "America/New_York"}
    values |= {"languages": ["en"], "online_booking": True}
    for one in first:
        values |= {name: getattr(one, name) for name in ("country", "currency", "locale", "time_zone", "languages")}
    return _form(values, hospital=None, errors={})


@get("/settings/hospitals/{hospital_id:int}", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def hospital_dialog(hospital_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for a hospital."""
    request.user.check_works_at(hospital_id)
    found = await hospital_with_id(tx, hospital_id)
    values = {name: "" if value is None else value for name, value in msgspec.structs.asdict(found).items()}
    return _form(values, hospital=found, errors={})


@post("/settings/hospitals", guards=[requires(Permission.DIRECTORY_EDIT)], status_code=200, include_in_schema=False)
async def add_hospital_by_form(request: Person, tx: Transaction) -> Template:
    """Adds a hospital."""
    return await _save(request, tx, None)


@post(
    "/settings/hospitals/{hospital_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def change_hospital_by_form(hospital_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes a hospital."""
    request.user.check_works_at(hospital_id)
    return await _save(request, tx, await hospital_with_id(tx, hospital_id))


async def _save(request: Person, tx: Tx, hospital: Hospital | None) -> Template:
    fields = await fields_of(request)
    posted = await request.form()
    spoken = [one for one in posted.getall("languages", []) if isinstance(one, str)]
    values: dict[str, Any] = {name: fields.get(name, "") for name in (*_TEXTS, *_MAY_BE_NONE)}
    # the first of the languages is the one that people are written to in of whom nothing is known
    values["languages"] = list(dict.fromkeys(one for one in (fields.get("language", ""), *spoken) if one))
    values["online_booking"] = "online_booking" in fields
    sent = values | {name: values[name] or None for name in _MAY_BE_NONE}
    if not sent["slug"]:
        del sent["slug"]  # made from the name, or left as it is

    async def save() -> None:
        if hospital is None:
            await add_hospital(tx, new=read_as(NewHospital, sent | _QUIET, _WORDS), actor=request.user)
        else:
            await change_hospital(
                tx, hospital_id=hospital.id, changes=read_as(HospitalChanges, sent, _WORDS), actor=request.user,
                expected_version=number_in(fields.get("version")),
            )  # fmt: skip

    if errors := await wrongs(tx, save, _FIELDS):
        return _form(values, hospital=hospital, errors=errors)
    return saved("Saved" if hospital else "Hospital added", values["name"])


@post(
    "/settings/hospitals/{hospital_id:int}/{what:str}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def archive_hospital_by_form(
    hospital_id: FromPath[Id], what: FromPath[str], request: Person, tx: Transaction
) -> Template:
    """`archive` puts a hospital away, `restore` brings it back."""
    request.user.check_works_at(hospital_id)
    archived = is_archiving(what)
    changed = await change_hospital(
        tx, hospital_id=hospital_id, changes=HospitalChanges(archived=archived), actor=request.user
    )
    undo = f"/settings/hospitals/{hospital_id}/restore" if archived else ""
    return saved("Archived" if archived else "Restored", changed.name, undo=undo)


def _hours_form(hospital: Hospital, days: dict[int, list[tuple[str, str]]], errors: dict[str, str]) -> Template:
    most = max(2, *(len(times) for times in days.values()))
    filled = {day: (times + [("", "")] * most)[:most] for day, times in days.items()}
    context = {"hospital": hospital, "days": filled, "names": dict(enumerate(WEEKDAYS, 1))}
    return form("opening_hours_form", context, errors)


@get(
    "/settings/hospitals/{hospital_id:int}/opening-hours",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    include_in_schema=False,
)
async def opening_hours_dialog(hospital_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """When a hospital is open, day by day."""
    request.user.check_works_at(hospital_id)
    days: dict[int, list[tuple[str, str]]] = {day: [] for day in range(1, 8)}
    for one in await opening_hours(tx, hospital_id):
        days[one.weekday].append((str(one.opens)[:5], str(one.closes)[:5]))
    return _hours_form(await hospital_with_id(tx, hospital_id), days, {})


@post(
    "/settings/hospitals/{hospital_id:int}/opening-hours",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def set_opening_hours_by_form(hospital_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Puts the hours of the form in place of those before; a day without any is closed."""
    request.user.check_works_at(hospital_id)
    hospital = await hospital_with_id(tx, hospital_id)
    posted = await request.form()
    days: dict[int, list[tuple[str, str]]] = {}
    errors: dict[str, str] = {}
    hours: list[OpeningHours] = []
    for day in range(1, 8):
        opens, closes = ([str(one) for one in posted.getall(f"{what}_{day}", [])][:10] for what in ("opens", "closes"))
        days[day] = list(zip(opens, closes, strict=False))
        for since, until in days[day]:
            if since or until:
                try:
                    moments = {"weekday": day, "opens": f"{since}:00", "closes": f"{until}:00"}
                    hours.append(msgspec.convert(moments, OpeningHours))
                except msgspec.ValidationError:
                    errors[f"day_{day}"] = "Give both times, such as 08:00 and 17:00."
    if not errors:
        try:
            async with tx.savepoint():
                await set_opening_hours(tx, hospital_id=hospital_id, hours=hours, actor=request.user)
        except Problem as problem:
            _, _, which = problem.errors[0]["pointer"].rpartition("/")
            errors = {f"day_{hours[int(which)].weekday}": problem.detail}
    if errors:
        return _hours_form(hospital, days, errors)
    return saved("Opening hours saved", hospital.name)


PAGES: list[Any] = [
    hospitals_page, new_hospital_dialog, hospital_dialog, add_hospital_by_form, change_hospital_by_form,
    archive_hospital_by_form, opening_hours_dialog, set_opening_hours_by_form,
]  # fmt: skip
