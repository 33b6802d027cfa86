"""Reading the form in which somebody says who is coming. Pure."""

from datetime import date

from bedside.directory import Hospital
from bedside.kit.email_address import parse_email
from bedside.kit.http.problems import Invalid
from bedside.kit.phone import parse_phone
from bedside.patient_access.languages import words
from bedside.patient_access.online import Details

OLDEST = 130  # years


def read_details(
    form: dict[str, str], *, language: str, hospital: Hospital, today: date
) -> tuple[Details | None, dict[str, str]]:
    """Who is coming, or what is wrong with each field, in the key of its words. A phone is read as a local number."""
    errors: dict[str, str] = {}
    first, last = _name(form.get("first_name", "")), _name(form.get("last_name", ""))
    if not first:
        errors["first_name"] = "wrong_name"
    if not last:
        errors["last_name"] = "wrong_name"
    born = None
    if given := form.get("date_of_birth", "").strip():
        born = _birth_date(given, today)
        if born is None:
            errors["date_of_birth"] = "wrong_birth_date"
    phone = ""
    try:
        phone = parse_phone(_digits(form.get("phone", "")), region=hospital.country)
    except Invalid:
        errors["phone"] = "wrong_phone"
    email = None
    if given := form.get("email", "").strip():
        try:
            email = parse_email(given)
        except Invalid:
            errors["email"] = "wrong_email"
    if form.get("consent") != "yes":
        errors["consent"] = "wrong_consent"
    if errors or first is None or last is None:
        return None, errors
    t = words(language)
    return Details(
        first_name=first,
        last_name=last,
        date_of_birth=born,
        phone=phone,
        email=email,
        consent_words=t("consent", hospital=hospital.name),
        marketing_words=t("marketing", hospital=hospital.name) if form.get("marketing") == "yes" else None,
    ), {}


def _name(text: str) -> str | None:
    name = " ".join(text.split())
    return name if 1 <= len(name) <= 100 and name.isprintable() and any(sign.isalpha() for sign in name) else None


def _digits(text: str) -> str:
    """Digits of any script as 0 to 9: an Arabic keyboard types its own."""
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text.strip())[:40]


def _birth_date(text: str, today: date) -> date | None:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return None
    return born if today.year - OLDEST <= born.year and born <= today else None
