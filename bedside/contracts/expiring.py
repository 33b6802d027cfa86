"""The end of a term: warnings ahead, a task for staff, and another term for what goes on by itself."""

from datetime import date, timedelta

from bedside.contracts import store, store_work
from bedside.contracts.about import about
from bedside.contracts.changing import months_later, renew
from bedside.contracts.events import ContractExpiring
from bedside.contracts.model import Contract, NewTerm
from bedside.directory import hospital
from bedside.event_log import SYSTEM, record
from bedside.follow_ups import open_task
from bedside.kit.database import Tx
from bedside.owners import owner

DAYS_AHEAD = (90, 60, 30, 7)


def deadline_of(one: Contract) -> date | None:
    """The day that a warning is about: the last day to give notice of what renews itself, else the last day of the
    term; None where there is no end. Pure."""
    if one.ends_on is None:
        return None
    return one.ends_on - timedelta(days=one.notice_days) if one.renewal == "automatic" else one.ends_on


def warnings_due(today: date, deadline: date, sent: set[int]) -> list[int]:
    """Which of the warnings 90, 60, 30 and 7 days ahead are due and were not sent: the last of them is the one to send,
    those before it were missed and are not sent late. Empty where there is none, or the day has passed. Pure."""
    left = (deadline - today).days
    if left < 0:
        return []
    reached = [days for days in DAYS_AHEAD if left <= days]
    return [days for days in reached if days not in sent] if reached and reached[-1] not in sent else []


def next_end(today: date, ends_on: date, months: int) -> date:
    """Where the term ends that holds on the day after `today`, when terms of so many months follow each other. Pure."""
    terms = 1
    while months_later(ends_on, months * terms) <= today:
        terms += 1
    return months_later(ends_on, months * terms)


async def attend_to(tx: Tx, contract_id: int) -> bool:
    """Renews a contract that is at its end and goes on by itself, and warns of an end that is near: once each.

    Gives whether there was anything to do. May be called as often as one likes, by many at once.
    """
    one = await store.lock_contract(tx, contract_id)
    if one is None or one.ends_on is None or one.signed_at is None or one.terminated_on or one.archived_at:
        return False
    place = await hospital(tx, one.hospital_id)
    today = tx.now.astimezone(place.zone).date()
    did = False
    if one.renewal == "automatic" and one.ends_on <= today and one.renewal_months is not None:
        term = NewTerm(ends_on=next_end(today, one.ends_on, one.renewal_months))
        one = await renew(tx, contract_id=one.id, term=term, actor=SYSTEM, automatic=True)
        did = True
    return await _warn(tx, one, today) or did


async def _warn(tx: Tx, one: Contract, today: date) -> bool:
    deadline, ends_on = deadline_of(one), one.ends_on
    if deadline is None or ends_on is None:
        return False
    sent = {days for end, days in await store_work.warned(tx, contract_id=one.id) if end == ends_on.isoformat()}
    due = warnings_due(today, deadline, sent)
    if not due or not await store_work.insert_warnings(tx, contract_id=one.id, ends_on=ends_on, days=due):
        return False
    manager = (await owner(tx, one.owner_id)).account_manager_id
    left = (deadline - today).days
    await open_task(
        tx,
        title=_title(one, left),
        details=_details(one, deadline),
        subject="contract",
        subject_id=one.id,
        hospital_id=one.hospital_id,
        priority="urgent" if due[-1] <= 30 else "normal",
        assigned_to=manager,
        for_role="finance",
        due_at=tx.now + timedelta(days=left),
        key=f"contract-expiring:{one.id}:{ends_on.isoformat()}:{due[-1]}",
    )
    for owner_id in one.owner_ids:
        event = ContractExpiring(
            ends_on=ends_on,
            days_ahead=left,
            renewal=one.renewal,
            notice_by=ends_on - timedelta(days=one.notice_days),
            **(about(one) | {"owner_id": owner_id}),
        )
        await record(tx, event)
    return True


def _title(one: Contract, left: int) -> str:
    when = "today" if left == 0 else "tomorrow" if left == 1 else f"in {left} days"
    what = "The last day to give notice of" if one.renewal == "automatic" else "The end of"
    return f"{what} contract {one.number}, {one.title}, with {one.owner_name} is {when}"


def _details(one: Contract, deadline: date) -> str:
    if one.renewal == "automatic":
        return (
            f"It goes on for another {one.renewal_months} months after {one.ends_on}, unless notice is given by "
            f"{deadline}."
        )
    if one.renewal == "ask":
        return f"Agree with {one.owner_name} whether it goes on after {one.ends_on}, and renew it or let it end."
    return f"It ends on {one.ends_on} and is not renewed by itself."
