"""Finding patients: one box takes a name, misspelt too, a phone's beginning or last digits, a number of theirs."""

from bedside.kit.database import Tx
from bedside.patients import store_search
from bedside.patients.model import Patient
from bedside.patients.reading_search import read_search


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
    wanted = read_search(text)
    return await store_search.search(
        tx, wanted, limit=limit, archived=archived, hospital_id=hospital_id, language=language, tag=tag
    )
