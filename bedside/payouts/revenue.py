"""Recording what hospitals earned: charges, refunds below zero, corrections. Nothing is ever changed or taken away."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from bedside.accounts import SignedIn
from bedside.directory import Hospital, hospital, hospitals
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.money import amount_text, check_currency, minor_units
from bedside.kit.text import one_line
from bedside.payouts import periods, store_revenue
from bedside.payouts.events import RevenueRecorded
from bedside.payouts.model import EntryRefused, NewRevenueEntry, NoSuchEntry, PeriodUnreadable, RevenueEntry
from bedside.payouts.months import month_of, read_month
from bedside.payouts.store_revenue import EntryRow

MOST_AT_ONCE = 1000
EARLIEST = date(2000, 1, 1)


async def record_entries(
    tx: Tx,
    *,
    new: Sequence[NewRevenueEntry],
    actor: Actor,
    pointer: str = "/entries",
    import_id: int | None = None,
) -> list[RevenueEntry]:
    """Records entries, all or none, and gives them in their order; one that was sent before is the one it was then.

    Raises Invalid (422) with a pointer to the first that cannot be, PeriodClosed (409) for a month that is closed.
    """
    rows = [row for _, row in await checked_rows(tx, new=new, actor=actor, pointer=pointer)]
    return await write_rows(tx, rows, actor=actor, import_id=import_id)


async def write_rows(
    tx: Tx, rows: Sequence[dict[str, Any]], *, actor: Actor, import_id: int | None = None
) -> list[RevenueEntry]:
    """Writes rows that were checked, and tells of them once. Raises PeriodClosed (409)."""
    kept = [row | {"import_id": import_id, "created_by_name": actor.name} for row in rows]
    async with periods.refused_if_closed(tx):
        made = await store_revenue.insert_entries(tx, kept)
    named = [(row["source"], row["external_id"]) for row in kept if row["external_id"] is not None]
    known = await store_revenue.known_by(tx, named) if named else {}
    unnamed = iter(sorted(set(made) - set(known.values())))
    ids = [known[row["source"], row["external_id"]] if row["external_id"] else next(unnamed) for row in kept]
    if made:
        places = {row["hospital_id"] for row in kept}
        await record(
            tx,
            RevenueRecorded(
                revenue_entry_id=made[0],
                entries=len(made),
                source=kept[0]["source"],
                hospital_id=places.pop() if len(places) == 1 else None,
            ),
            actor=actor,
        )
    found = {one.id: one for one in await store_revenue.entries(tx, ids)}
    return [shown(found[id]) for id in ids]


async def checked_rows(
    tx: Tx, *, new: Sequence[NewRevenueEntry], actor: Actor, pointer: str
) -> list[tuple[Hospital, dict[str, Any]]]:
    """The entries as rows. Raises Invalid (422) with a pointer to the first that cannot be."""
    known = await what_is_known(tx, actor=actor)
    about = await entries_corrected(tx, new)
    made = []
    for n, one in enumerate(new):
        at = pointer if len(new) == 1 and pointer == "" else f"{pointer}/{n}"
        made.append(checked_row(one, known=known, about=about, actor=actor, at=at))
    return made


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What entries are checked against: the hospitals, their departments by name, their days at present."""

    places: dict[int, Hospital]
    only: Hospital | None
    departments: dict[tuple[int, str], int]
    today: dict[int, date]


async def what_is_known(tx: Tx, *, actor: Actor) -> Known:
    """Looks it up, once for any number of entries. `only`: the hospital of entries that name none."""
    places = {one.id: one for one in await hospitals(tx)}
    return Known(
        places=places,
        only=await _only_hospital(tx, actor),
        departments=await store_revenue.departments_by_name(tx, list(places)),
        today={one.id: tx.now.astimezone(one.zone).date() for one in places.values()},
    )


async def entries_corrected(tx: Tx, new: Sequence[NewRevenueEntry]) -> dict[int, EntryRow]:
    """The entries that these are about, by id."""
    ids = [one.corrects for one in new if one.corrects is not None]
    return {one.id: one for one in await store_revenue.entries(tx, ids)} if ids else {}


def checked_row(
    one: NewRevenueEntry, *, known: Known, about: dict[int, EntryRow], actor: Actor, at: str
) -> tuple[Hospital, dict[str, Any]]:
    """One entry as a row, with its hospital. Raises Invalid (422) with a pointer below `at`, Forbidden (403)."""
    place = known.places.get(one.hospital_id) if one.hospital_id is not None else known.only
    if place is None:
        raise Invalid("Say which hospital earned it.", pointer=f"{at}/hospitalId", next_step="See /api/hospitals.")
    if isinstance(actor, SignedIn):
        actor.check_works_at(place.id)
    return place, _row(known.today[place.id], one, place, known.departments, about, at)


async def seen_entry(tx: Tx, *, entry_id: int, user: SignedIn) -> RevenueEntry:
    """One entry. Raises NoSuchEntry (404), for one of another hospital too."""
    found = await store_revenue.entry(tx, entry_id)
    if found is None or not user.works_at(found.hospital_id):
        raise NoSuchEntry("There is no such entry.", next_step="Look it up in /api/revenue-entries.")
    return shown(found)


def shown(row: EntryRow) -> RevenueEntry:
    """An entry as it goes over the wire."""
    return RevenueEntry(
        **{name: getattr(row, name) for name in row.__struct_fields__},
        amount=amount_text(row.amount_minor, row.currency),
    )


async def _only_hospital(tx: Tx, actor: Actor) -> Hospital | None:
    """The hospital of who works at just one, or the group's where it has just one."""
    theirs = await hospitals(tx, ids=actor.hospitals if isinstance(actor, SignedIn) else None)
    return theirs[0] if len(theirs) == 1 else None


def _row(
    today: date,
    one: NewRevenueEntry,
    place: Hospital,
    names: dict[tuple[int, str], int],
    about: dict[int, EntryRow],
    at: str,
) -> dict[str, Any]:
    currency = check_currency(one.currency or place.currency, pointer=f"{at}/currency")
    amount = minor_units(one.amount, currency, pointer=f"{at}/amount", negative=True)
    kind = one.kind or ("charge" if amount > 0 else "refund")
    if (kind == "charge" and amount < 0) or (kind == "refund" and amount > 0):
        raise EntryRefused(
            "A charge is above zero, a refund below.", pointer=f"{at}/amount", next_step="A correction may be either."
        )
    if not EARLIEST <= one.revenue_on <= today + timedelta(days=1):
        raise EntryRefused(
            "Revenue is of a day that has been, after the year 2000.",
            pointer=f"{at}/revenueOn",
            next_step="Check the year.",
        )
    own = month_of(one.revenue_on)
    period = own if one.period is None else read_month(one.period, locale=place.locale, pointer=f"{at}/period")
    if period < own:
        raise PeriodUnreadable(
            "It cannot be booked before it was earned.", pointer=f"{at}/period", next_step="Leave the period out."
        )
    if period > month_of(today):
        raise PeriodUnreadable("That month has not begun.", pointer=f"{at}/period")
    if one.corrects is not None:
        first = about.get(one.corrects)
        if first is None or (first.hospital_id, first.currency) != (place.id, currency):
            raise EntryRefused(
                "What it corrects is no entry of this hospital in this currency.", pointer=f"{at}/corrects"
            )
    return {
        "hospital_id": place.id,
        "department_id": _department(one, place, names, at),
        "service_line": one_line(one.service_line, pointer=f"{at}/serviceLine", longest=100, needed=False),
        "revenue_on": one.revenue_on,
        "period": period,
        "kind": kind,
        "amount_minor": amount,
        "currency": currency,
        "corrects": one.corrects,
        "description": one_line(one.description, pointer=f"{at}/description", longest=500, needed=False),
        "source": one_line(one.source, pointer=f"{at}/source", longest=60),
        "external_id": one_line(one.external_id, pointer=f"{at}/externalId") if one.external_id is not None else None,
    }


def _department(one: NewRevenueEntry, place: Hospital, names: dict[tuple[int, str], int], at: str) -> int | None:
    if one.department_id is not None:
        if one.department_id not in {id for (hospital_id, _), id in names.items() if hospital_id == place.id}:
            raise EntryRefused("This hospital has no such department.", pointer=f"{at}/departmentId")
        return one.department_id
    if not one.department:
        return None
    found = names.get((place.id, one.department.strip().lower()))
    if found is None:
        theirs = sorted(name for hospital_id, name in names if hospital_id == place.id)
        raise EntryRefused(
            f"{place.name} has no department “{one.department[:40]}”.",
            pointer=f"{at}/department",
            next_step="It has: " + ", ".join(theirs[:20]),
        )
    return found


async def hospital_or_none(tx: Tx, hospital_id: int | None, user: SignedIn) -> Hospital | None:
    """The hospital asked for, where it is the user's; None for none. Raises NoSuchHospital (404), Forbidden (403)."""
    if hospital_id is None:
        return None
    place = await hospital(tx, hospital_id)
    user.check_works_at(place.id)
    return place
