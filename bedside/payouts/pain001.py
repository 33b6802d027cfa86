"""Customer credit transfers as ISO 20022 pain.001, which banks take: version 09 (2019), or 03 (2009) for older ones.

Follows the message definition "CustomerCreditTransferInitiation" (pain.001.001.09 and pain.001.001.03), its elements in
the order of the schema: GroupHeader, then one PaymentInformation (one debtor, day and currency), then one
CreditTransferTransactionInformation a payout. Payments in euro between IBANs follow the SEPA Credit Transfer
customer-to-bank guidelines (EPC132-08) too: service level SEPA, charges SLEV, names of 70 Latin letters at most.
Deterministic: the same batch gives the same bytes. Pure.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal
from xml.etree import ElementTree

import msgspec

from bedside.kit.money import amount_text
from bedside.payouts.bank_text import bank_reference, bank_text

Version = Literal["09", "03"]

LONGEST_NAME = 70
# ISO 20022 external code set, ClearingSystemIdentification: by the country of the bank
_CLEARING = {
    "US": "USABA", "CA": "CACPA", "GB": "GBDSC", "AU": "AUBSB", "NZ": "NZNCC", "IN": "INFSC", "ZA": "ZANCC",
    "HK": "HKNCC", "SG": "SGIBG", "CN": "CNAPS", "JP": "JPZGN",
}  # fmt: skip


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account, and where: an IBAN with or without its BIC, or a number at a bank known by its routing number."""

    holder: str
    iban: str = ""
    bic: str = ""
    number: str = ""
    routing: str = ""
    bank: str = ""


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One payment: what for, how much, to whom."""

    reference: str
    amount_minor: int
    to: Account
    words: str


class Transfers(msgspec.Struct, frozen=True, kw_only=True):
    """One file: payments from one account, in one currency, on one day."""

    message_id: str
    made_at: datetime
    execute_on: date
    currency: str
    country: str
    payer: Account
    payments: Sequence[Transfer]


def is_sepa(transfers: Transfers) -> bool:
    """Whether all of it are euros between IBANs."""
    return transfers.currency == "EUR" and all(
        account.iban for account in (transfers.payer, *(payment.to for payment in transfers.payments))
    )


def pain001(transfers: Transfers, version: Version = "09") -> bytes:
    """The file, in UTF-8 with its declaration."""
    namespace = f"urn:iso:std:iso:20022:tech:xsd:pain.001.001.{version}"
    document = ElementTree.Element("Document", {"xmlns": namespace})
    initiation = _add(document, "CstmrCdtTrfInitn")
    count = str(len(transfers.payments))
    total = amount_text(sum(payment.amount_minor for payment in transfers.payments), transfers.currency)
    payer = bank_text(transfers.payer.holder, longest=LONGEST_NAME)
    sepa = is_sepa(transfers)

    header = _add(initiation, "GrpHdr")
    _add(header, "MsgId", transfers.message_id)
    _add(header, "CreDtTm", f"{transfers.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    _add(header, "NbOfTxs", count)
    _add(header, "CtrlSum", total)
    _add(_add(header, "InitgPty"), "Nm", payer)

    block = _add(initiation, "PmtInf")
    _add(block, "PmtInfId", transfers.message_id)
    _add(block, "PmtMtd", "TRF")
    _add(block, "NbOfTxs", count)
    _add(block, "CtrlSum", total)
    if sepa:
        _add(_add(_add(block, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    day = _add(block, "ReqdExctnDt")
    if version == "09":
        _add(day, "Dt", transfers.execute_on.isoformat())
    else:
        day.text = transfers.execute_on.isoformat()
    _add(_add(block, "Dbtr"), "Nm", payer)
    _account(_add(block, "DbtrAcct"), transfers.payer, transfers.currency)
    _agent(_add(block, "DbtrAgt"), transfers.payer, version, transfers.country)
    _add(block, "ChrgBr", "SLEV" if sepa else "SHAR")
    for payment in transfers.payments:
        _transfer(_add(block, "CdtTrfTxInf"), payment, transfers, version)
    ElementTree.indent(document)
    written: bytes = ElementTree.tostring(document, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def _transfer(into: ElementTree.Element, payment: Transfer, transfers: Transfers, version: Version) -> None:
    reference = bank_reference(payment.reference)
    ids = _add(into, "PmtId")
    _add(ids, "InstrId", reference)
    _add(ids, "EndToEndId", reference)
    amount = _add(_add(into, "Amt"), "InstdAmt", amount_text(payment.amount_minor, transfers.currency))
    amount.set("Ccy", transfers.currency)
    if payment.to.bic or payment.to.routing or not payment.to.iban:
        _agent(_add(into, "CdtrAgt"), payment.to, version, transfers.country)
    _add(_add(into, "Cdtr"), "Nm", bank_text(payment.to.holder, longest=LONGEST_NAME))
    _account(_add(into, "CdtrAcct"), payment.to)
    _add(_add(into, "RmtInf"), "Ustrd", bank_text(payment.words, longest=140))


def _account(into: ElementTree.Element, account: Account, currency: str | None = None) -> None:
    which = _add(into, "Id")
    if account.iban:
        _add(which, "IBAN", account.iban)
    else:
        _add(_add(which, "Othr"), "Id", account.number[:34])
    if currency is not None:
        _add(into, "Ccy", currency)


def _agent(into: ElementTree.Element, account: Account, version: Version, country: str) -> None:
    """The bank: by its BIC, else by its number in the country's clearing, else said to be given by the IBAN alone."""
    bank = _add(into, "FinInstnId")
    if account.bic:
        _add(bank, "BICFI" if version == "09" else "BIC", account.bic)
    elif account.routing:
        member = _add(bank, "ClrSysMmbId")
        if country in _CLEARING:
            _add(_add(member, "ClrSysId"), "Cd", _CLEARING[country])
        _add(member, "MmbId", account.routing[:35])
        if name := bank_text(account.bank, longest=LONGEST_NAME):
            _add(bank, "Nm", name)
    else:
        _add(_add(bank, "Othr"), "Id", "NOTPROVIDED")


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = text
    return child
