"""A batch as a plain table, for banks that take no XML. Pure."""

from bedside.kit.csv_text import csv_line
from bedside.kit.money import amount_text
from bedside.payouts.bank_text import bank_reference, bank_text
from bedside.payouts.pain001 import LONGEST_NAME, Transfers

_COLUMNS = (
    "reference", "amount", "currency", "execute on", "to name", "to iban", "to bic", "to account number",
    "to routing number", "to bank", "from name", "from account", "words",
)  # fmt: skip


def payments_csv(transfers: Transfers) -> bytes:
    """A line a payment, without a byte order mark: this is read by a bank, not by a spreadsheet."""
    payer = transfers.payer
    lines = [csv_line(_COLUMNS)]
    for payment in transfers.payments:
        to = payment.to
        lines.append(
            csv_line(
                [
                    bank_reference(payment.reference),
                    amount_text(payment.amount_minor, transfers.currency),
                    transfers.currency,
                    transfers.execute_on.isoformat(),
                    bank_text(to.holder, longest=LONGEST_NAME),
                    to.iban,
                    to.bic,
                    to.number,
                    to.routing,
                    bank_text(to.bank, longest=LONGEST_NAME),
                    bank_text(payer.holder, longest=LONGEST_NAME),
                    payer.iban or payer.number,
                    bank_text(payment.words, longest=140),
                ]
            )
        )
    return b"".join(lines)
