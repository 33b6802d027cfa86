"""The values that fill a message about a payout, in the owner's language. Account numbers are masked in all of them."""

from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency

from bedside.kit.database import Tx
from bedside.kit.languages import locale_for
from bedside.kit.money import exponent
from bedside.kit.phone import show_phone
from bedside.messaging import Stale
from bedside.payouts import store_statements
from bedside.payouts.months import month_words
from bedside.payouts.statement_words import LANGUAGES, spoken

Variables = dict[str, object]


async def load_newest_payout_variables(
    tx: Tx, owner_id: int, language: str, hospital_ids: list[int] | None
) -> Variables:
    """For previews: what an owner is told of their newest approved or paid payout at these hospitals (None: at any);
    nothing where there is none."""
    payout_id = await store_statements.newest_told_of(tx, owner_id=owner_id, hospital_ids=hospital_ids)
    found = await load_payout_variables(tx, payout_id, language) if payout_id is not None else {}
    return {} if isinstance(found, Stale) else found


async def load_payout_variables(tx: Tx, payout_id: int, language: str) -> Variables | Stale:
    """For what an owner is told of a payout that was approved or paid. Stale where that holds no more."""
    payout = await store_statements.statement_payout(tx, payout_id)
    if payout is None or payout.status not in ("approved", "paid"):
        return Stale(f"The payout is {payout.status if payout else 'gone'}.")
    locale = locale_for(language)
    words = LANGUAGES[spoken(language)]
    amount = Decimal(payout.amount_minor).scaleb(-exponent(payout.currency))
    return {
        "owner": {"name": payout.owner_name},
        "payout": {
            "amount": format_currency(amount, payout.currency, locale=locale).replace("\xa0", " "),
            "currency": payout.currency,
            "period": month_words(payout.period, language),
            "reference": payout.reference_number,
            "method": words[f"method_{payout.method}"] if payout.method else "",
            "account": payout.account,
            "payment_reference": payout.payment_reference,
            "paid_on": format_date(payout.paid_on, "long", locale=locale) if payout.paid_on else "",
        },
        "hospital": {
            "name": payout.hospital_name,
            "phone": show_phone(payout.hospital_phone) if payout.hospital_phone else "",
        },
    }
