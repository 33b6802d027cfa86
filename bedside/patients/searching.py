"""Finding patients: one box takes a name, misspelt too, a phone's beginning or last digits, a number of theirs."""

import phonenumbers

from bedside.kit.database import Tx
from bedside.patients import store, store_search
from bedside.patients.model import Patient
from bedside.patients.search_words import read_search


async def search(
    tx: Tx,
    *,
    text: str,
    limit: int = 20,
    archived: bool | None = False,
    hospital_id: int | None = None,
    language: str | None = None,
    tag: str | None = None,
) -> list[Patient]:
    """Patients whom the text may mean, the likeliest first; none for an empty text. `archived` None: both."""
    codes = await _country_codes(tx) if any(sign.isdigit() for sign in text) else ()
    wanted = read_search(text, country_codes=codes)
    return await store_search.search(
        tx, wanted, limit=limit, archived=archived, hospital_id=hospital_id, language=language, tag=tag
    )


async def _country_codes(tx: Tx) -> tuple[str, ...]:
    """The calling codes that a number typed without one may have: those of the hospitals' countries."""
    codes = (phonenumbers.country_code_for_region(country) for country in await store.countries(tx))
    return tuple(dict.fromkeys(str(code) for code in codes if code))
