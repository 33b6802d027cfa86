"""SQL of canned answers."""

from typing import LiteralString

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.messaging.canned_answer_model import CannedAnswer

_COLUMNS: LiteralString = """id, name, language, body, hospital_id, created_by_name, created_at, updated_at, version"""
_SELECT: LiteralString = "select " + _COLUMNS + " from communications.canned_answers "

CANNED_ANSWERS: Listing[CannedAnswer] = Listing(
    into=CannedAnswer,
    select=_SELECT,
    sorts={"name": (Key("name", "text", "name"), Key("id", "bigint", "id"))},
    default_sort="name",
    filters={
        "hospital_ids": "(hospital_id is null or hospital_id = any(%(hospital_ids)s))",
        "search": "(strpos(name, lower(%(search)s)) > 0 or strpos(lower(body), lower(%(search)s)) > 0)",
    },
    always="archived_at is null",
)


async def find(tx: Tx, *, answer_id: int) -> CannedAnswer | None:
    """One in use; nobody else changes it before the transaction ends."""
    return await tx.maybe(
        CannedAnswer, _SELECT + "where id = %(id)s and archived_at is null for no key update", id=answer_id
    )


async def usable(tx: Tx, *, hospital_id: int | None) -> list[CannedAnswer]:
    """Those of a hospital and those of every hospital, by name."""
    return await tx.all(
        CannedAnswer,
        _SELECT
        + """where archived_at is null and (hospital_id is null or hospital_id = %(hospital_id)s)
             order by name, language, id limit 200""",
        hospital_id=hospital_id,
    )


async def insert(tx: Tx, *, name: str, language: str, body: str, hospital_id: int | None, by: str) -> CannedAnswer:
    """Keeps one."""
    return await tx.one(
        CannedAnswer,
        """insert into communications.canned_answers
               (name, language, body, hospital_id, created_by_name, created_at, updated_at)
           values (%(name)s, %(language)s, %(body)s, %(hospital_id)s, %(by)s, %(now)s, %(now)s) returning """
        + _COLUMNS,
        name=name,
        language=language,
        body=body,
        hospital_id=hospital_id,
        by=by,
    )


async def update(tx: Tx, *, answer_id: int, name: str, language: str, body: str) -> CannedAnswer:
    """Writes one and gives it as it is now."""
    return await tx.one(
        CannedAnswer,
        """update communications.canned_answers
           set name = %(name)s, language = %(language)s, body = %(body)s, updated_at = %(now)s, version = version + 1
           where id = %(id)s returning """
        + _COLUMNS,
        id=answer_id,
        name=name,
        language=language,
        body=body,
    )


async def archive(tx: Tx, *, answer_id: int) -> None:
    """Takes one out of use."""
    await tx.execute(
        "update communications.canned_answers set archived_at = %(now)s, version = version + 1 where id = %(id)s",
        id=answer_id,
    )
