"""What each way of paying needs, and whether the numbers can be right. Pure.

IBAN: ISO 13616, check digits by ISO 7064 mod 97-10. BIC: ISO 9362. Routing numbers: the ABA's check digit, 3-7-1.
"""

import re
from collections.abc import Mapping

from bedside.kit.phone import parse_phone, show_phone
from bedside.kit.sealing import masked
from bedside.kit.text import many_lines, one_line
from bedside.owners.model import PaymentDetailsRefused, PaymentMethod

# How long an IBAN is, by country (SWIFT IBAN registry).
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip

NEEDED: Mapping[PaymentMethod, tuple[str, ...]] = {
    PaymentMethod.CHECK: ("payableTo", "address"),
    PaymentMethod.MOBILE_WALLET: ("provider", "number", "holder"),
    PaymentMethod.CASH: ("receiver",),
}
_BY_IBAN = ("holder", "iban", "bic")
_BY_ACCOUNT = ("holder", "accountNumber", "routingNumber", "bankName")


def needed(method: PaymentMethod, given: Mapping[str, str]) -> tuple[str, ...]:
    """The names of what a way of paying needs; a transfer goes by IBAN where one is given."""
    if method is PaymentMethod.BANK_TRANSFER:
        return _BY_IBAN if given.get("iban") else _BY_ACCOUNT
    return NEEDED[method]


def checked_details(method: PaymentMethod, given: Mapping[str, str]) -> dict[str, str]:
    """The details as they are kept. Raises PaymentDetailsRefused (422) with a pointer to the first that cannot be."""
    wanted = needed(method, given)
    for name in given:
        if name not in wanted and given[name].strip():
            raise PaymentDetailsRefused(
                f"{method.replace('_', ' ').capitalize()} takes no “{name[:30]}”.",
                pointer=f"/details/{name}",
                next_step="It takes: " + ", ".join(wanted),
            )
    kept: dict[str, str] = {}
    for name in wanted:
        text = given.get(name, "").strip()
        pointer = f"/details/{name}"
        if not text and name != "bic":
            raise PaymentDetailsRefused(f"This is needed for a {method.replace('_', ' ')}.", pointer=pointer)
        if name == "address":
            kept[name] = many_lines(text, pointer=pointer, longest=300, needed=True)
        else:
            kept[name] = one_line(text, pointer=pointer, longest=140, needed=name != "bic")
    return {name: _checked(method, name, text) for name, text in kept.items()}


def shown_part(method: PaymentMethod, details: Mapping[str, str]) -> str:
    """What of the details may be shown."""
    if method is PaymentMethod.BANK_TRANSFER:
        return masked(details.get("iban") or details["accountNumber"])
    if method is PaymentMethod.MOBILE_WALLET:
        return f"{details['provider']} {masked(details['number'])}"
    return details["payableTo"] if method is PaymentMethod.CHECK else details["receiver"]


def is_iban(iban: str) -> bool:
    """Whether an IBAN (without blanks, in capitals) has its country's length and right check digits."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}", iban) or len(iban) != IBAN_LENGTHS.get(iban[:2]):
        return False
    if not "02" <= iban[2:4] <= "98":  # what the rule gives; the three others would come out right as well
        return False
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def is_routing_number(number: str) -> bool:
    """Whether a US routing number has nine digits, of a district that there is, and the right last one."""
    if not re.fullmatch(r"(0[1-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)[0-9]{7}", number):
        return False
    return sum(int(digit) * weight for digit, weight in zip(number, (3, 7, 1) * 3, strict=True)) % 10 == 0


def _checked(method: PaymentMethod, name: str, text: str) -> str:
    pointer = f"/details/{name}"
    if name == "iban":
        iban = "".join(text.split()).upper()
        if not is_iban(iban):
            raise PaymentDetailsRefused(
                "This IBAN cannot be right: its length or its check digits are wrong.",
                pointer=pointer,
                next_step="Compare it with the owner's letter, sign by sign.",
            )
        return iban
    if name == "bic" and text:
        bic = text.upper()
        if not re.fullmatch(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", bic):
            raise PaymentDetailsRefused("A BIC has 8 or 11 letters and digits.", pointer=pointer)
        return bic
    if name == "routingNumber":
        if not is_routing_number(text):
            raise PaymentDetailsRefused(
                "This routing number cannot be right: it has nine digits, and its last must fit.", pointer=pointer
            )
    elif name == "accountNumber":
        number = "".join(text.split()).replace("-", "")
        if not re.fullmatch(r"[A-Za-z0-9]{4,34}", number):
            raise PaymentDetailsRefused("An account number has 4 to 34 letters and digits.", pointer=pointer)
        return number
    elif name == "number" and method is PaymentMethod.MOBILE_WALLET:
        return show_phone(parse_phone(text, pointer=pointer))
    return text
