"""Hospitals: looking them up, adding and changing them, their opening hours and public holidays."""

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from bedside.directory import store
from bedside.directory.changing import applied, changed
from bedside.directory.model import (
    Hospital,
    HospitalChanges,
    NameTaken,
    NewHospital,
    NoSuchHospital,
    OpeningHours,
)
from bedside.directory.validity import (
    check_country,
    check_currency,
    check_language,
    check_locale,
    check_time_zone,
)
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid
from bedside.kit.money import amount_text, minor_units
from bedside.kit.phone import parse_phone
from bedside.kit.public_holidays import public_holidays
from bedside.kit.text import many_lines, one_line, without_marks
from bedside.kit.wire import given

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


async def hospital(tx: Tx, hospital_id: int) -> Hospital:
    """A hospital, archived or not. Raises NoSuchHospital (404)."""
    found = await store.hospital(tx, hospital_id)
    if found is None:
        raise NoSuchHospital("There is no hospital with this id.", next_step="Look it up in /api/hospitals.")
    return found


async def hospital_by_slug(tx: Tx, slug: str) -> Hospital:
    """The hospital whose public pages have this name. Raises NoSuchHospital (404), for an archived one too."""
    found = await store.hospital_by_slug(tx, slug)
    if found is None or found.archived_at is not None:
        raise NoSuchHospital("There is no hospital at this address.", next_step="Check the address.")
    return found


async def hospitals(tx: Tx, *, ids: list[int] | None = None) -> list[Hospital]:
    """Hospitals that are not archived, by name; `ids` None: every one."""
    return await store.hospitals(tx, ids)


async def add_hospital(tx: Tx, *, new: NewHospital, actor: Actor) -> Hospital:
    """Adds a hospital. Raises Invalid (422), NameTaken (409) for a slug in use."""
    row = msgspec.structs.asdict(new)
    slug = new.slug or _slug(new.name)
    row |= _checked({**row, "slug": slug})
    await _check_slug(tx, slug)
    made = await hospital(tx, await store.insert_hospital(tx, row))
    await changed(tx, actor=actor, what="hospital", how="added", id=made.id, hospital_id=made.id, after=made)
    return made


async def change_hospital(
    tx: Tx, *, hospital_id: int, changes: HospitalChanges, actor: Actor, expected_version: int | None = None
) -> Hospital:
    """Changes, archives or restores a hospital. Raises NoSuchHospital (404), Changed (412), Invalid (422)."""
    before = await store.lock_hospital(tx, hospital_id)
    if before is None:
        raise NoSuchHospital("There is no hospital with this id.", next_step="Look it up in /api/hospitals.")
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    if sent.get("currency", before.currency) != before.currency:
        sent.setdefault("visit_worth", None)  # an amount in another currency is another amount
    after, how = applied(tx, before, sent)
    after = msgspec.structs.replace(after, **_checked(msgspec.structs.asdict(after)))
    await _check_slug(tx, after.slug, hospital_id)
    after.version = await store.update_hospital(tx, after)
    await changed(
        tx, actor=actor, what="hospital", how=how, id=after.id, hospital_id=after.id, before=before, after=after
    )
    return after


async def opening_hours(tx: Tx, hospital_id: int) -> list[OpeningHours]:
    """A hospital's opening hours by weekday, in its own zone."""
    return await store.opening_hours(tx, hospital_id)


async def set_opening_hours(tx: Tx, *, hospital_id: int, hours: list[OpeningHours], actor: Actor) -> list[OpeningHours]:
    """Puts these hours in place of those before. Raises Invalid (422) where two overlap or one ends too soon."""
    await hospital(tx, hospital_id)
    for n, one in enumerate(hours):
        if one.closes <= one.opens or one.opens.tzinfo or one.closes.tzinfo:
            raise Invalid("Hours are local times, and end after they begin.", pointer=f"/hours/{n}")
    in_order = sorted(enumerate(hours), key=lambda one: (one[1].weekday, one[1].opens))
    for (_, earlier), (n, later) in pairwise(in_order):
        if earlier.weekday == later.weekday and later.opens < earlier.closes:
            raise Invalid("Two opening hours of this day overlap.", pointer=f"/hours/{n}")
    ordered = [one for _, one in in_order]
    before = await store.opening_hours(tx, hospital_id)
    await store.replace_opening_hours(tx, hospital_id, ordered)
    await changed(
        tx, actor=actor, what="opening_hours", how="changed", id=hospital_id, hospital_id=hospital_id,
        before={"hours": before}, after={"hours": ordered},
    )  # fmt: skip
    return ordered


def holidays_of(hospital: Hospital, *, since: date, until: date) -> dict[date, str]:
    """Public holidays where the hospital stands, from `since` to `until` inclusive, with their names. Pure.

    Source: the `holidays` package, by country and subdivision; none where it does not know the country.
    """
    years = range(since.year, until.year + 1)
    known = {
        day: name
        for year in years
        for day, name in public_holidays(hospital.country, hospital.subdivision, year).items()
    }
    days = (since + timedelta(days=n) for n in range((until - since).days + 1))
    return {day: known[day] for day in days if day in known}


def _slug(name: str) -> str:
    letters = re.sub(r"[^a-z0-9]+", "-", without_marks(name)).strip("-")[:80].strip("-")
    if not letters:
        raise Invalid("No address can be made of this name.", pointer="/slug", next_step="Send a slug of a-z and 0-9.")
    return letters


async def _check_slug(tx: Tx, slug: str, but_by: int | None = None) -> None:
    if await store.slug_taken(tx, slug, but_by):
        raise NameTaken(f"Another hospital's pages are called “{slug}”.", pointer="/slug", next_step="Choose another.")


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are kept; raises Invalid (422) for the first that cannot be."""
    check_time_zone(row["time_zone"])
    check_currency(row["currency"])
    check_locale(row["locale"])
    for n, language in enumerate(row["languages"]):
        check_language(language, f"/languages/{n}")
    check_country(row["country"], row["subdivision"])
    if (row["quiet_from"] is None) != (row["quiet_until"] is None):
        raise Invalid("Quiet hours have a beginning and an end, or neither.", pointer="/quietUntil")
    if row["quiet_from"] is not None and row["quiet_from"] == row["quiet_until"]:
        raise Invalid(
            "Quiet hours end at another time than they begin; leave both empty for none.", pointer="/quietUntil"
        )
    for name, pointer in (("quiet_from", "/quietFrom"), ("quiet_until", "/quietUntil")):
        if row[name] is not None and row[name].tzinfo is not None:
            raise Invalid("Quiet hours are local times, without an offset.", pointer=pointer)
    worth, currency = row["visit_worth"], row["currency"]
    if worth is not None:
        worth = amount_text(minor_units(worth, currency, pointer="/visitWorth"), currency)
    email = row["email"] and row["email"].strip()
    if email and not _EMAIL.fullmatch(email):
        raise Invalid("This cannot be an email address.", pointer="/email")
    return {
        "name": one_line(row["name"], pointer="/name"),
        "slug": row["slug"],
        "phone": parse_phone(row["phone"], region=row["country"]) if row["phone"] else None,
        "email": email or None,
        "visit_worth": worth,
        "address": many_lines(row["address"], pointer="/address", longest=5000),
        "directions": many_lines(row["directions"], pointer="/directions", longest=5000),
    }
