"""The account that a hospital pays its owners from: sealed at rest, masked on screen, whole in a bank's file."""

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.kit.sealing import masked, seal, unseal
from bedside.kit.text import one_line
from bedside.owners import is_iban
from bedside.payouts import store_batches as store
from bedside.payouts.bank_text import bank_text, is_bic
from bedside.payouts.batch_model import AccountRefused, NoPayingAccount, PayingAccount, PayingAccountGiven
from bedside.payouts.pain001 import LONGEST_NAME, Account


async def set_paying_account(tx: Tx, *, hospital_id: int, given: PayingAccountGiven, actor: SignedIn) -> PayingAccount:
    """Sets the account that a hospital pays from. Raises AccountRefused (422) with a pointer, Forbidden (403)."""
    await hospital(tx, hospital_id)
    actor.check_works_at(hospital_id)
    account = checked(given)
    before = await store.paying_account(tx, hospital_id)
    hint = masked(account.iban or account.number)
    await store.write_paying_account(
        tx,
        hospital_id=hospital_id,
        holder=account.holder,
        details_sealed=seal(msgspec.json.encode(account).decode(), context=_context(hospital_id)),
        masked=hint,
        by=actor.name,
    )
    await audit(
        tx,
        actor=actor,
        action="paying_account.set",
        subject="hospital",
        subject_id=hospital_id,
        before={"holder": before.holder, "account": before.masked} if before else None,
        after={"holder": account.holder, "account": hint},
    )
    return await shown_account(tx, hospital_id=hospital_id, user=actor)


async def shown_account(tx: Tx, *, hospital_id: int, user: SignedIn) -> PayingAccount:
    """The account, masked. Raises NoPayingAccount (409), Forbidden (403)."""
    await hospital(tx, hospital_id)
    user.check_works_at(hospital_id)
    found = await store.paying_account(tx, hospital_id)
    if found is None:
        raise _none()
    return PayingAccount(
        hospital_id=hospital_id,
        holder=found.holder,
        account=found.masked,
        updated_by_name=found.updated_by_name,
        updated_at=found.updated_at,
    )


async def paying_account(tx: Tx, *, hospital_id: int) -> Account:
    """The account in full, for a file. Raises NoPayingAccount (409)."""
    found = await store.paying_account(tx, hospital_id)
    if found is None:
        raise _none()
    return msgspec.json.decode(unseal(found.details_sealed, context=_context(hospital_id)), type=Account)


def checked(given: PayingAccountGiven) -> Account:
    """What was given, as an account. Raises AccountRefused (422) with a pointer to what cannot be. Pure."""
    holder = one_line(given.holder, pointer="/holder", longest=LONGEST_NAME)
    if not bank_text(holder, longest=LONGEST_NAME):
        raise AccountRefused("Banks take names in Latin letters.", pointer="/holder")
    iban, bic = _compact(given.iban), _compact(given.bic)
    number, routing = _compact(given.account_number), _compact(given.routing_number)
    if bool(iban) == bool(number):
        raise AccountRefused("An account is an IBAN or an account number, one of the two.", pointer="/iban")
    if iban and not is_iban(iban):
        raise AccountRefused("The length or the check digits of this IBAN are wrong.", pointer="/iban")
    if bic and not is_bic(bic):
        raise AccountRefused("A BIC has 8 or 11 letters and digits.", pointer="/bic")
    if number and not number.isalnum():
        raise AccountRefused("An account number is letters and digits.", pointer="/accountNumber")
    if number and not (routing or bic):
        raise AccountRefused("An account number needs the bank's routing number, or its BIC.", pointer="/routingNumber")
    if routing and not routing.replace("-", "").isalnum():
        raise AccountRefused("A routing number is letters and digits.", pointer="/routingNumber")
    bank = one_line(given.bank_name, pointer="/bankName", longest=100, needed=False)
    return Account(holder=holder, iban=iban, bic=bic, number=number, routing=routing, bank=bank)


def _compact(text: str | None) -> str:
    return "".join((text or "").split()).upper()


def _context(hospital_id: int) -> str:
    return f"paying account {hospital_id}"


def _none() -> NoPayingAccount:
    return NoPayingAccount(
        "It is not known which account this hospital pays from.",
        next_step="Set it first: PUT /api/hospitals/{hospitalId}/paying-account.",
    )
