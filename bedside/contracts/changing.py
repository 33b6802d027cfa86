"""What happens to a contract beside its terms: its title and dates, another term, its end before time."""

import calendar
from datetime import date, timedelta

import msgspec

from bedside.accounts import audit
from bedside.contracts import store, store_versions
from bedside.contracts.about import about
from bedside.contracts.drafting import check_dates
from bedside.contracts.events import ContractChanged, ContractRenewed, ContractTerminated
from bedside.contracts.model import (
    LAST_DAY,
    Contract,
    ContractChanges,
    ContractOver,
    ContractStatus,
    DatesRefused,
    NewTerm,
    NoticeTooShort,
    Termination,
    TermsAreSigned,
)
from bedside.contracts.reading import contract, nothing_there
from bedside.directory import hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.text import many_lines, one_line
from bedside.kit.wire import given


async def change_contract(
    tx: Tx, *, contract_id: int, changes: ContractChanges, actor: Actor, expected_version: int | None = None
) -> Contract:
    """Changes what stands beside the terms. Raises NoSuchContract (404), Changed (412), TermsAreSigned (409) for dates
    of a contract that was signed, DatesRefused (422)."""
    before = await _locked(tx, contract_id, expected_version)
    sent = given(changes)
    archived = sent.pop("archived", None)
    if "title" in sent:
        sent["title"] = one_line(sent["title"], pointer="/title")
    for name in ("starts_on", "ends_on"):
        if name in sent and sent[name] != getattr(before, name) and before.signed_at is not None:
            raise TermsAreSigned(
                "It was signed with these dates.",
                pointer="/startsOn" if name == "starts_on" else "/endsOn",
                next_step="Renew it for a later end, terminate it for an earlier one, or amend its terms.",
            )
    after = msgspec.structs.replace(before, **sent)
    check_dates(after.starts_on, after.ends_on, renewal=after.renewal, renewal_months=after.renewal_months)
    await _check_against_versions(tx, after)
    if archived is not None:
        if archived and before.signed_at is not None:
            raise TermsAreSigned(
                "A signed contract is not put away.", pointer="/archived", next_step="Terminate it instead."
            )
        after.archived_at = (before.archived_at or tx.now) if archived else None
        if archived:
            await store_versions.revoke_links(tx, contract_id=contract_id)
    fields = [name for name in Contract.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    if not fields:
        return before
    after = await _write(tx, before, after, action="contract.changed", actor=actor)
    await record(tx, ContractChanged(fields=fields, **about(after)), actor=actor)
    return after


async def terminate(
    tx: Tx, *, contract_id: int, termination: Termination, actor: Actor, expected_version: int | None = None
) -> Contract:
    """Ends a contract before its time; the day named is its last.

    Raises NoSuchContract (404), Changed (412), ContractOver (409), DatesRefused (422), and NoticeTooShort (409) for a
    day before the notice is over, unless that was confirmed.
    """
    before = await _locked(tx, contract_id, expected_version)
    _check_not_over(before)
    day = termination.terminated_on
    if day < before.starts_on or (before.ends_on is not None and day > before.ends_on) or day > LAST_DAY:
        ends = "has no end" if before.ends_on is None else f"ends on {before.ends_on.isoformat()}"
        raise DatesRefused(
            f"The contract begins on {before.starts_on.isoformat()} and {ends}: its last day lies in between.",
            pointer="/terminatedOn",
            next_step="Choose a day of its term.",
        )
    place = await hospital(tx, before.hospital_id)
    earliest = tx.now.astimezone(place.zone).date() + timedelta(days=before.notice_days)
    if before.signed_at is not None and day < earliest and not termination.confirmed:
        raise NoticeTooShort(
            f"Notice of {before.notice_days} days was agreed: the first day to end on is {earliest.isoformat()}.",
            pointer="/terminatedOn",
            next_step="Choose that day or a later one, or send confirmed: true where the parties agree to less.",
            earliest=earliest.isoformat(),
            noticeDays=before.notice_days,
        )
    reason = many_lines(termination.reason, pointer="/reason", longest=1000, needed=True)
    after = msgspec.structs.replace(before, terminated_on=day, termination_reason=reason)
    after = await _write(tx, before, after, action="contract.terminated", actor=actor)
    await store_versions.revoke_links(tx, contract_id=contract_id)
    await record(tx, ContractTerminated(terminated_on=day, reason=reason, **about(after)), actor=actor)
    return after


async def renew(
    tx: Tx,
    *,
    contract_id: int,
    term: NewTerm,
    actor: Actor,
    expected_version: int | None = None,
    automatic: bool = False,
) -> Contract:
    """Gives a contract another term. Raises NoSuchContract (404), Changed (412), ContractOver (409) for one that was
    terminated, DatesRefused (422) where the new end is none or not later."""
    before = await _locked(tx, contract_id, expected_version)
    if before.terminated_on is not None or before.archived_at is not None:
        raise ContractOver("It was terminated, so it is not renewed.", next_step="Add a new contract.")
    if before.ends_on is None:
        raise DatesRefused("It has no end, so there is nothing to renew.", pointer="/endsOn")
    ends_on = new_end(before.ends_on, term, renewal_months=before.renewal_months)
    if not before.ends_on < ends_on <= LAST_DAY:
        raise DatesRefused(
            f"The new end comes after the one it has, {before.ends_on.isoformat()}.",
            pointer="/endsOn",
            next_step="Choose a later day.",
        )
    after = msgspec.structs.replace(before, ends_on=ends_on)
    after = await _write(tx, before, after, action="contract.renewed", actor=actor)
    renewed = ContractRenewed(ends_on=ends_on, ended_on=before.ends_on, automatic=automatic, **about(after))
    await record(tx, renewed, actor=actor)
    return after


def new_end(ends_on: date, term: NewTerm, *, renewal_months: int | None) -> date:
    """Where another term ends. Raises DatesRefused (422) where nothing says so, or two things do. Pure."""
    if term.ends_on is not None and term.months is not None:
        raise DatesRefused("An end, or so many months: one of the two.", pointer="/months")
    if term.ends_on is not None:
        return term.ends_on
    months = term.months or renewal_months
    if months is None:
        raise DatesRefused(
            "By how long is it renewed?", pointer="/months", next_step="Send months, or the new last day as endsOn."
        )
    return months_later(ends_on, months)


def months_later(day: date, months: int) -> date:
    """The day so many months later; the last of a month stays the last of its month. Pure."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    longest = calendar.monthrange(year, month)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month, longest if is_last else min(day.day, longest))


async def _locked(tx: Tx, contract_id: int, expected_version: int | None) -> Contract:
    found = await store.lock_contract(tx, contract_id)
    if found is None:
        raise nothing_there()
    check_version(expected=expected_version, actual=found.version)
    return found


async def _check_against_versions(tx: Tx, after: Contract) -> None:
    """A version is never changed, so the term keeps to where the versions begin."""
    versions = await store_versions.versions(tx, [after.id])
    if after.starts_on < versions[0].effective_from:
        raise DatesRefused(
            f"Its terms begin on {versions[0].effective_from.isoformat()}.",
            pointer="/startsOn",
            next_step="To begin earlier, put this one away and add a new contract.",
        )
    if after.ends_on is not None and after.ends_on < versions[-1].effective_from:
        raise DatesRefused(
            f"Version {versions[-1].number} begins on {versions[-1].effective_from.isoformat()}, after that end.",
            pointer="/endsOn",
            next_step="Choose a later end.",
        )


def _check_not_over(one: Contract) -> None:
    if one.terminated_on is not None:
        raise ContractOver(
            f"It was terminated already; its last day is {one.terminated_on.isoformat()}.",
            next_step="Look at its history.",
        )
    if one.status is ContractStatus.EXPIRED or one.archived_at is not None:
        raise ContractOver("It has ended by itself.", next_step="There is nothing left to end.")


async def _write(tx: Tx, before: Contract, after: Contract, *, action: str, actor: Actor) -> Contract:
    await store.update_contract(tx, after)
    written = await contract(tx, after.id)
    await audit(tx, actor=actor, action=action, subject="contract", subject_id=after.id, before=before, after=written)
    return written
