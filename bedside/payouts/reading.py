"""Looking payouts up: lists, one with its lines, a line down to its revenue entries, the journal."""

from datetime import date
from typing import Any

from bedside.accounts import Role, SignedIn
from bedside.contracts import rule_for
from bedside.kit.database import Tx
from bedside.kit.http.paging import Page
from bedside.kit.money import amount_text
from bedside.payouts import store_behind, store_calculating, store_journal, store_payouts
from bedside.payouts.calculating import spans_of
from bedside.payouts.model import (
    SHOWN_TO_OWNERS,
    AccountBalance,
    JournalEntry,
    JournalLine,
    NoSuchEntry,
    NoSuchPayout,
    Payout,
    PayoutDetail,
    PayoutLine,
    PayoutStatus,
    RevenueEntry,
)
from bedside.payouts.months import last_day_of
from bedside.payouts.proving import agreed_pinned, before_pinned
from bedside.payouts.revenue import shown as shown_entry
from bedside.payouts.store_payouts import LineRow, PayoutRow

_KEPT_BACK = frozenset({"created_by_name", "changed_by_name", "approved_by_name", "paid_by_name", "reviewed_by_name"})


async def payout(tx: Tx, payout_id: int) -> Payout:
    """A payout. Raises NoSuchPayout (404)."""
    found = await store_payouts.payout(tx, payout_id)
    if found is None:
        raise _nothing()
    return shown(found)


async def seen_payout(tx: Tx, *, payout_id: int, user: SignedIn, owner_id: int | None = None) -> PayoutRow:
    """A payout that somebody may see: staff of its hospital; the owner, once it was approved. `owner_id`: whose it must
    be. Raises NoSuchPayout (404)."""
    found = await store_payouts.payout(tx, payout_id)
    if found is None or (owner_id is not None and found.owner_id != owner_id):
        raise _nothing()
    if user.role is Role.OWNER:
        if user.owner_id != found.owner_id or found.status not in SHOWN_TO_OWNERS:
            raise _nothing()
    elif not user.works_at(found.hospital_id):
        raise _nothing()
    return found


async def page(
    tx: Tx,
    *,
    user: SignedIn,
    filters: dict[str, Any],
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Payout]:
    """One page of payouts that somebody may see. `filters`: see store_payouts.FILTERS; None does not count."""
    found = await store_payouts.PAYOUTS.page(tx, filters=seen_by(user, filters), sort=sort, cursor=cursor, limit=limit)
    return Page(items=[shown(one, user=user) for one in found.items], next=found.next)


def seen_by(user: SignedIn, filters: dict[str, Any]) -> dict[str, Any]:
    """The filters, narrowed to what somebody may see."""
    if user.role is Role.OWNER:
        return filters | {"owner_id": user.owner_id or 0, "statuses": [str(status) for status in SHOWN_TO_OWNERS]}
    return filters | {"hospitals": user.hospitals}


async def detail(tx: Tx, row: PayoutRow, *, user: SignedIn | None = None) -> PayoutDetail:
    """A payout with its lines."""
    head = shown(row, user=user)
    lines = await store_payouts.lines(tx, [row.id])
    return PayoutDetail(
        **{name: getattr(head, name) for name in head.__struct_fields__},
        lines=[shown_line(one, row.currency) for one in lines],
    )


def shown(row: PayoutRow, *, user: SignedIn | None = None) -> Payout:
    """A payout as it goes over the wire; an owner is not told who of the staff did what, nor what they noted."""
    fields = {name: getattr(row, name) for name in Payout.__struct_fields__ if hasattr(row, name)}
    made = Payout(
        **fields,
        amount=amount_text(row.amount_minor, row.currency),
        payment_method=row.method,  # type: ignore[arg-type]  # the column has the enum's words
        needs_review=row.paid_before and row.reviewed_at is None and row.status == PayoutStatus.PAID,
    )
    if user is not None and user.role is Role.OWNER:
        for name in _KEPT_BACK:
            setattr(made, name, "" if name in ("created_by_name", "changed_by_name") else None)
        made.note, made.run_id = "", None
    return made


def shown_line(row: LineRow, currency: str) -> PayoutLine:
    """A line as it goes over the wire."""
    return PayoutLine(
        id=row.id,
        position=row.position,
        kind=row.kind,  # type: ignore[arg-type]  # the column has the same words
        description=row.description,
        amount=amount_text(row.amount_minor, currency),
        base=None if row.base_minor is None else amount_text(row.base_minor, currency),
        entries=row.entries,
        contract_version_id=row.contract_version_id,
        contract_version=row.contract_version,
        inputs=row.inputs,
        recorded_payout_id=row.recorded_payout_id,
    )


async def entries_of_line(
    tx: Tx, *, row: PayoutRow, line_id: int, cursor: str | None = None, limit: int = 50
) -> Page[RevenueEntry]:
    """The revenue entries that a share or an adjustment was reckoned from: exactly those, whatever was booked since.

    Raises NoSuchEntry (404) for a line of another payout; other kinds of lines have none.
    """
    line = await store_payouts.line(tx, payout_id=row.id, line_id=line_id)
    if line is None:
        raise NoSuchEntry("This payout has no such line.", next_step="Look at its lines again.")
    asked = await _behind(tx, row, line)
    if asked is None:
        return Page(items=[])
    filters, parameters = asked
    found = await store_behind.BEHIND.page(tx, filters=filters, cursor=cursor, limit=limit, **parameters)
    return Page(items=[shown_entry(one) for one in found.items], next=found.next)


async def _behind(tx: Tx, row: PayoutRow, line: LineRow) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Which entries a line counted, as filters of store_behind.BEHIND and further parameters; None: it has none."""
    filters = {"hospital_id": row.hospital_id, "currency": row.currency, "through": row.inputs.get("through")}
    parameters: dict[str, Any] = {}
    agreed = await agreed_pinned(tx, row) if line.kind in ("share", "adjustment") else None
    if agreed is None:
        return None
    if line.kind == "adjustment":
        first = date.fromisoformat(line.inputs["month"])
        last, rule = last_day_of(first), None
        before = before_pinned(row)
        filters |= {"first": first, "last": last, "booked_until": row.period, "late": True}
        parameters = {
            "counted": before.through if before else 0,
            "counted_in": before.period if before else store_calculating.NEVER,
        }
    else:
        first, last = date.fromisoformat(line.inputs["from"]), date.fromisoformat(line.inputs["to"])
        rule = line.inputs["rule"]
        filters |= {"first": first, "last": last, "booked_in": row.period}
    there = await store_behind.scopes(tx, hospital_id=row.hospital_id, currency=row.currency, first=first, last=last)
    about = [
        (begins, ends, department or 0, service_line)
        for version, begins, ends in spans_of(agreed, first, last)
        for department, service_line in there
        if (found := rule_for(version.terms, department, service_line)) is not None and rule in (None, found)
    ]
    filters["lines"] = [one[3] for one in about]
    parameters |= {
        "firsts": [one[0] for one in about],
        "lasts": [one[1] for one in about],
        "departments": [one[2] for one in about],
    }
    return filters, parameters


async def journal_page(
    tx: Tx, *, user: SignedIn, filters: dict[str, Any], cursor: str | None = None, limit: int = 50
) -> Page[JournalEntry]:
    """One page of postings with their sides, the newest first."""
    found = await store_journal.JOURNAL.page(
        tx, filters=filters | {"hospitals": user.hospitals}, cursor=cursor, limit=limit
    )
    return Page(items=await _with_sides(tx, found.items), next=found.next)


async def journal_of(tx: Tx, payout_id: int) -> list[JournalEntry]:
    """Every posting of a payout, the newest first."""
    found = await store_journal.JOURNAL.page(tx, filters={"payout_id": payout_id}, limit=100)
    return await _with_sides(tx, found.items)


async def balances(
    tx: Tx, *, user: SignedIn, hospital_id: int | None = None, owner_id: int | None = None, until: date | None = None
) -> list[AccountBalance]:
    """What every account stands at, by currency: together they are zero."""
    found = await store_journal.balances(
        tx, hospitals=user.hospitals, hospital_id=hospital_id, owner_id=owner_id, until=until
    )
    return [
        AccountBalance(
            account=one.account,
            currency=one.currency,
            amount=amount_text(one.amount_minor, one.currency),
            amount_minor=one.amount_minor,
        )
        for one in found
    ]


async def _with_sides(tx: Tx, entries: list[store_journal.EntryRow]) -> list[JournalEntry]:
    sides = await store_journal.sides(tx, [one.id for one in entries]) if entries else []
    return [
        JournalEntry(
            **{name: getattr(one, name) for name in one.__struct_fields__},
            lines=[
                JournalLine(
                    account=side.account,
                    owner_id=side.owner_id,
                    amount=amount_text(side.amount_minor, side.currency),
                    currency=side.currency,
                )
                for side in sides
                if side.entry_id == one.id
            ],
        )
        for one in entries
    ]


def _nothing() -> NoSuchPayout:
    return NoSuchPayout("There is no such payout.", next_step="Look it up in the list of payouts.")
