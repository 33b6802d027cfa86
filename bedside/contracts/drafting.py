"""New contracts and amendments: what was asked for is made into terms that can be, and written down as a version."""

from datetime import date
from decimal import Decimal, InvalidOperation

from psycopg.errors import ExclusionViolation, UniqueViolation

from bedside.accounts import SignedIn, audit
from bedside.contracts import store, store_versions
from bedside.contracts.about import about, sha256
from bedside.contracts.events import ContractAdded, ContractAmended
from bedside.contracts.model import (
    FIRST_DAY,
    LAST_DAY,
    Contract,
    ContractDetails,
    ContractOver,
    ContractVersion,
    DatesRefused,
    NewContract,
    NewVersion,
    PartyRefused,
    PercentIn,
    VersionsOverlap,
)
from bedside.contracts.reading import contract, details, nothing_there
from bedside.contracts.sentences import Names, proposed_words
from bedside.contracts.signing import sign_on_paper
from bedside.contracts.terms import PartyShare, ShareRule, Terms, TermsRefused, Tier, check_terms, tidied
from bedside.directory import Hospital, hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.money import check_currency
from bedside.kit.text import many_lines, one_line
from bedside.owners import owners, seen_owner


async def add_contract(tx: Tx, *, owner_id: int, new: NewContract, actor: Actor) -> ContractDetails:
    """Adds a contract with its first version, and records its signatures on paper where some are given.

    Raises NoSuchOwner (404), NoSuchHospital (404), Forbidden (403), TermsRefused, DatesRefused, PartyRefused (422).
    """
    if isinstance(actor, SignedIn):
        await seen_owner(tx, owner_id=owner_id, user=actor)
    place = await hospital(tx, new.hospital_id)
    if isinstance(actor, SignedIn):
        actor.check_works_at(place.id)
    currency = check_currency(new.currency or place.currency)
    title = one_line(new.title, pointer="/title")
    check_dates(new.starts_on, new.ends_on, renewal=new.renewal, renewal_months=new.renewal_months)
    terms, names = await check_agreed(
        tx, percent=new.owner_percent, terms=new.terms, owner_id=owner_id, place=place, currency=currency, actor=actor
    )
    words = many_lines(new.words or "", pointer="/words", longest=100_000) or proposed_words(
        terms,
        names,
        title=title,
        currency=currency,
        effective_from=new.starts_on,
        ends_on=new.ends_on,
        renewal=new.renewal,
        renewal_months=new.renewal_months,
        notice_days=new.notice_days,
    )
    contract_id = await store.insert_contract(
        tx,
        {
            "hospital_id": place.id, "owner_id": owner_id, "title": title, "currency": currency,
            "starts_on": new.starts_on, "ends_on": new.ends_on, "renewal": new.renewal,
            "renewal_months": new.renewal_months, "notice_days": new.notice_days, "created_by_name": actor.name,
        },
    )  # fmt: skip
    await store.add_parties(tx, contract_id=contract_id, owner_ids=[owner_id, *terms.owner_ids])
    version_id = await store_versions.insert_version(
        tx, contract_id=contract_id, number=1, effective_from=new.starts_on, terms=terms, words=words,
        words_sha256=sha256(words), reason="", created_by_id=actor.id, created_by_name=actor.name,
    )  # fmt: skip
    made = await contract(tx, contract_id)
    await audit(
        tx, actor=actor, action="contract.added", subject="contract", subject_id=made.id,
        after={"number": made.number, "title": title, "owner_id": owner_id, "hospital_id": place.id, "terms": terms},
    )  # fmt: skip
    added = ContractAdded(version_id=version_id, effective_from=new.starts_on, **about(made))
    await record(tx, added, actor=actor)
    if new.signature is not None:
        await sign_on_paper(tx, contract_id=made.id, signature=new.signature, actor=actor, pointer="/signature")
    for n, one in enumerate(new.signatures):
        await sign_on_paper(tx, contract_id=made.id, signature=one, actor=actor, pointer=f"/signatures/{n}")
    made = await contract(tx, made.id)
    return await details(tx, contract=made, today=tx.now.astimezone(place.zone).date())


async def amend(
    tx: Tx, *, contract_id: int, new: NewVersion, actor: Actor, expected_number: int | None = None
) -> ContractVersion:
    """Writes new terms down, which hold from a day on once every owner in them has signed.

    `expected_number`: which version the author had before them as the latest. Raises VersionsOverlap (409) where they
    would begin on or before the latest's day, ContractOver (409), DatesRefused, TermsRefused, PartyRefused (422).
    """
    before = await store.lock_contract(tx, contract_id)
    if before is None:
        raise nothing_there()
    if before.archived_at is not None:
        raise ContractOver("This contract was put away before anybody signed it.", next_step="Bring it back first.")
    latest = (await store_versions.versions(tx, [contract_id]))[-1]
    _check_begins(new.effective_from, before, latest, expected_number)
    place = await hospital(tx, before.hospital_id)
    terms, names = await check_agreed(
        tx, percent=new.owner_percent, terms=new.terms, owner_id=before.owner_id, place=place,
        currency=before.currency, actor=actor,
    )  # fmt: skip
    reason = many_lines(new.reason, pointer="/reason", longest=1000, needed=True)
    words = many_lines(new.words or "", pointer="/words", longest=100_000) or proposed_words(
        terms,
        names,
        title=before.title,
        currency=before.currency,
        effective_from=new.effective_from,
        ends_on=before.ends_on,
        renewal=before.renewal,
        renewal_months=before.renewal_months,
        notice_days=before.notice_days,
        amends=before.number,
    )
    try:
        async with tx.savepoint():
            version_id = await store_versions.insert_version(
                tx, contract_id=contract_id, number=latest.number + 1, effective_from=new.effective_from, terms=terms,
                words=words, words_sha256=sha256(words), reason=reason, created_by_id=actor.id,
                created_by_name=actor.name,
            )  # fmt: skip
    except (UniqueViolation, ExclusionViolation):
        raise _overlap(latest) from None
    await store.add_parties(tx, contract_id=contract_id, owner_ids=terms.owner_ids)
    await store.update_contract(tx, before)  # what people have open before them is no longer the latest
    made = await store_versions.version(tx, version_id)
    if made is None:  # it was written a moment ago, in this transaction
        raise LookupError("the version that was written is not there")
    await audit(
        tx, actor=actor, action="contract.amended", subject="contract", subject_id=contract_id,
        before={"terms": latest.terms}, after={"terms": terms, "effective_from": new.effective_from, "reason": reason},
    )  # fmt: skip
    await record(
        tx,
        ContractAmended(
            version_id=made.id,
            version_number=made.number,
            effective_from=made.effective_from,
            reason=reason,
            **about(before),
        ),
        actor=actor,
    )
    return made


async def check_agreed(
    tx: Tx,
    *,
    percent: PercentIn | None,
    terms: Terms | None,
    owner_id: int,
    place: Hospital,
    currency: str,
    actor: Actor,
) -> tuple[Terms, Names]:
    """The terms that were asked for, every one of them checked, and what the parties are called.

    Raises TermsRefused (422) for what cannot be shared so, PartyRefused (422) for who cannot be a party.
    """
    if (percent is None) == (terms is None):
        raise TermsRefused(
            "A contract has terms, or ownerPercent as their short form: exactly one of the two.",
            pointer="/terms",
            next_step="For a plain share send ownerPercent; for tiers, parties or deductions send terms.",
        )
    agreed = tidied(terms) if terms is not None else fixed_share(owner_id, percent if percent is not None else "")
    check_terms(agreed, currency=currency)
    if owner_id not in agreed.owner_ids:
        raise PartyRefused(
            "The owner under whose address the contract stands has no share in it.",
            pointer="/terms/rules/0/tiers/0/shares",
            next_step="Give them a share, or add the contract under somebody who has one.",
        )
    departments = await _departments(tx, agreed, place)
    return agreed, Names(hospital=place.name, owners=await _parties(tx, agreed, actor=actor), departments=departments)


def fixed_share(owner_id: int, percent: PercentIn) -> Terms:
    """The owner gets a percent of all revenue, the hospital the rest. Raises TermsRefused (422). Pure."""
    text = str(percent).strip()
    try:
        # 7_0 and digits of other scripts are numbers to Python and misread by everybody else
        share = Decimal(text if text.isascii() and "_" not in text else "NaN")
    except InvalidOperation:
        share = Decimal("NaN")
    if not share.is_finite() or not 0 < share <= 100 or share.normalize() != round(share, 4).normalize():
        raise TermsRefused(
            "This is no percent that an owner can have.",
            pointer="/ownerPercent",
            next_step="Give a number above 0 and up to 100, with four decimals at most.",
        )
    given = PartyShare(owner_id=owner_id, percent=f"{share.normalize():f}")
    return Terms(rules=[ShareRule(tiers=[Tier(shares=[given, PartyShare()])])])


def check_dates(starts_on: date, ends_on: date | None, *, renewal: str, renewal_months: int | None) -> None:
    """Raises DatesRefused (422) for dates that cannot be. Pure."""
    for day, pointer in ((starts_on, "/startsOn"), (ends_on, "/endsOn")):
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise DatesRefused("This is no day that a contract could begin or end on.", pointer=pointer)
    if ends_on is not None and ends_on < starts_on:
        raise DatesRefused(
            "A contract ends on or after the day on which it begins.",
            pointer="/endsOn",
            next_step="Choose a later end, or none.",
        )
    if renewal == "automatic" and ends_on is None:
        raise DatesRefused(
            "What has no end is not renewed.", pointer="/endsOn", next_step="Give it an end, or no renewal."
        )
    if renewal == "automatic" and renewal_months is None:
        raise DatesRefused(
            "By how many months is it renewed?", pointer="/renewalMonths", next_step="Send renewalMonths, such as 12."
        )


def _check_begins(day: date, before: Contract, latest: ContractVersion, expected_number: int | None) -> None:
    if day <= latest.effective_from or (expected_number is not None and expected_number != latest.number):
        raise _overlap(latest)
    if before.last_day is not None and day > before.last_day:
        raise DatesRefused(
            f"The contract ends on {before.last_day.isoformat()}, before the amendment would begin.",
            pointer="/effectiveFrom",
            next_step="Renew the contract first, or choose an earlier day.",
        )
    if day > LAST_DAY:
        raise DatesRefused("This is no day that terms could begin on.", pointer="/effectiveFrom")


def _overlap(latest: ContractVersion) -> VersionsOverlap:
    return VersionsOverlap(
        f"Version {latest.number} begins on {latest.effective_from.isoformat()}: a later version begins later.",
        pointer="/effectiveFrom",
        next_step=f"Choose a day after {latest.effective_from.isoformat()}, and look at version {latest.number} first.",
        latestFrom=latest.effective_from.isoformat(),
        latestNumber=latest.number,
    )


async def _departments(tx: Tx, terms: Terms, place: Hospital) -> dict[int, str]:
    asked = {rule.department_id for rule in terms.rules if rule.department_id is not None}
    if not asked:
        return {}
    known = await store.department_names(tx, hospital_id=place.id, ids=sorted(asked))
    for n, rule in enumerate(terms.rules):
        if rule.department_id is not None and rule.department_id not in known:
            raise TermsRefused(
                f"{place.name} has no department with the id {rule.department_id}.",
                pointer=f"/terms/rules/{n}/departmentId",
                next_step=f"Look in /api/departments?hospitalId={place.id}.",
            )
    return known


async def _parties(tx: Tx, terms: Terms, *, actor: Actor) -> dict[int, str]:
    """The owners in the terms by id; raises PartyRefused (422) for one who is not there, put away, or not theirs."""
    within = actor.hospitals if isinstance(actor, SignedIn) else None
    known = {}
    for one in await owners(tx, ids=terms.owner_ids):
        theirs = within is None or not one.hospital_ids or not set(within).isdisjoint(one.hospital_ids)
        if theirs and one.archived_at is None:
            known[one.id] = one.name
    for owner_id in terms.owner_ids:
        if owner_id not in known:
            raise PartyRefused(
                f"There is no owner with the id {owner_id} who could be a party, or they are not yours to see.",
                pointer=_pointer_to(terms, owner_id),
                next_step="Look in /api/owners.",
            )
    return known


def _pointer_to(terms: Terms, owner_id: int) -> str:
    """Where the terms name an owner first. Pure."""
    for r, rule in enumerate(terms.rules):
        for t, tier in enumerate(rule.tiers):
            for s, share in enumerate(tier.shares):
                if share.owner_id == owner_id:
                    return f"/terms/rules/{r}/tiers/{t}/shares/{s}/ownerId"
    return "/terms"
