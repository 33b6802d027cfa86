"""Statements of payouts in PDF: one page that an owner can keep, the same bytes whenever it is asked for.

Typst draws it from bedside/payouts/statement.typ, with the fonts beside it, so that it looks the same everywhere. Text
with signs that they lack (Chinese, Japanese, Hebrew names) takes the system's fonts too, where it has some.
"""

import asyncio
import re
import threading
from pathlib import Path
from typing import Protocol

import msgspec
import typst

from bedside.accounts import Role, SignedIn
from bedside.kit.database import Tx
from bedside.payouts import store_statements as store
from bedside.payouts.model import SHOWN_TO_OWNERS, NoSuchPayout
from bedside.payouts.statement_document import Document, document
from bedside.payouts.statement_words import Writing, spoken
from bedside.payouts.store_statements import StatementPayout

_HERE = Path(__file__).parent
_FONTS = [_HERE / "fonts"]
# what Inter and Noto Sans Arabic draw: Latin, Greek, Cyrillic, Arabic, and signs that stand between words
_DRAWN = re.compile(
    "[\u0000-\u058f\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\u1d00-\u1dbf\u1e00-\u1fff\u2000-\u2bff\u2c60-\u2c7f\ua720-\ua7ff"
    "\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufeff]*"
)
# A compiler keeps what it read of its files, and is used by one thread at a time.
_kept = threading.local()


async def statement_pdf(tx: Tx, payout_id: int, language: str | None = None) -> bytes:
    """A payout's statement, in a language (en, es, ar), else the owner's, else the hospital's. Raises NoSuchPayout."""
    return await asyncio.to_thread(drawn, await read_document(tx, payout_id, language))


class Referenced(Protocol):
    """Whatever has a payout's number: a Payout, or a row of one."""

    @property
    def reference_number(self) -> str:
        """The number."""
        ...


def statement_file_name(payout: Referenced) -> str:
    """What the statement's file is called: `statement-BELL-2026-0017.pdf`."""
    return file_name(payout.reference_number, "pdf")


def file_name(reference_number: str, ending: str) -> str:
    """A file's name from a reference number, with nothing in it that a disk or a header minds."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", reference_number).strip("-.") or "payout"
    return f"statement-{safe}.{ending}"


async def seen_statement(tx: Tx, *, owner_id: int, payout_id: int, user: SignedIn) -> StatementPayout:
    """A payout of this owner whose statement the user may read: staff of its hospital, and the owner once somebody has
    approved it. Raises NoSuchPayout (404)."""
    found = await store.statement_payout(tx, payout_id)
    if found is None or found.owner_id != owner_id:
        raise _no_such()
    if user.role is Role.OWNER:
        if user.owner_id != owner_id or found.status not in SHOWN_TO_OWNERS:
            raise _no_such()
    elif not user.works_at(found.hospital_id):
        raise _no_such()
    return found


async def read_document(tx: Tx, payout_id: int, language: str | None = None) -> Document:
    """Everything that a payout's statement says. Raises NoSuchPayout."""
    payout = await store.statement_payout(tx, payout_id)
    if payout is None:
        raise _no_such()
    lines = await store.statement_lines(tx, payout_id)
    departments = await store.department_names(tx, payout.hospital_id)
    written_in = spoken(language, payout.owner_language, payout.hospital_language)
    return document(payout, lines, departments, Writing(written_in, payout.hospital_locale, payout.currency))


def _no_such() -> NoSuchPayout:
    return NoSuchPayout("There is no such payout.", next_step="Look it up in the list of payouts.")


def drawn(facts: Document) -> bytes:
    """The document as PDF. Some ten milliseconds, without the interpreter's lock: call it in a thread."""
    text = msgspec.json.encode(facts).decode()
    compiler = _compiler(_DRAWN.fullmatch(text) is not None)
    drawing = compiler.compile(format="pdf", sys_inputs={"document": text}, timestamp=0)
    if not isinstance(drawing, bytes):
        raise TypeError("a PDF is one piece")
    return drawing


def _compiler(own_fonts_only: bool) -> typst.Compiler:
    name = "own" if own_fonts_only else "all"
    compiler: typst.Compiler | None = getattr(_kept, name, None)
    if compiler is None:
        compiler = typst.Compiler(
            _HERE / "statement.typ", root=_HERE, font_paths=_FONTS, ignore_system_fonts=own_fonts_only
        )
        setattr(_kept, name, compiler)
    return compiler
