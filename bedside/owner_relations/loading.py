"""The values that fill a message to an owner, in its reader's language, made just before it leaves."""

from datetime import date, timedelta
from typing import Any

from babel.dates import format_date

from bedside.event_log import SYSTEM
from bedside.kit.database import Tx
from bedside.kit.languages import locale_for
from bedside.owner_relations.model import Communication
from bedside.owner_relations.own_links import own_page_link
from bedside.owners import owner

Variables = dict[str, Any]


async def load_owner_variables(tx: Tx, said: Communication) -> Variables:
    """What every message of an entry may say: who the owner is, and a fresh link to their own pages."""
    whose = await owner(tx, said.owner_id)
    contact_ids = {who.contact_id for who in said.recipients}
    contact_id = next(iter(contact_ids)) if len(contact_ids) == 1 else None
    link = await own_page_link(tx, whose.id, contact_id, actor=SYSTEM)
    return {"owner": {"name": whose.name}, "links": {"own_page": link}}


def contract_words(*, number: str, title: str, ends_on: date | None, notice_days: int, language: str) -> Variables:
    """The variables of kind `contract`: dates as the language writes them, empty where there are none."""
    notice_by = ends_on - timedelta(days=notice_days) if ends_on and notice_days else None
    return {
        "contract": {
            "number": number,
            "title": title,
            "ends_on": _long(ends_on, language),
            "notice_by": _long(notice_by, language),
        }
    }


def _long(day: date | None, language: str) -> str:
    if day is None:
        return ""
    return format_date(day, "long", locale=locale_for(language))
