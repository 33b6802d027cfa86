"""Phone numbers, read as people write them and kept as E.164 (+15550100)."""

import phonenumbers

from bedside.kit.http.problems import Invalid


def parse_phone(text: str, *, region: str | None = None, pointer: str = "/phone") -> str:
    """The number in E.164. `region` (ISO country, such as US) says how to read a number without a country code.

    Numbers reserved for fiction (+1 xxx 555-01xx) are taken: demonstration people have no others.
    Raises Invalid (422) with the pointer given where no such number can exist.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not (phonenumbers.is_valid_number(number) or _is_fictional(number)):
        raise Invalid(
            f"“{text[:40]}” cannot be a phone number.",
            pointer=pointer,
            next_step="Give it with its country code, such as +1 212 555 0142.",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_fictional(number: phonenumbers.PhoneNumber) -> bool:
    national = phonenumbers.national_significant_number(number)
    return number.country_code == 1 and len(national) == 10 and national[3:8] == "55501"


def show_phone(e164: str) -> str:
    """The number as people read it: international, with spaces."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
