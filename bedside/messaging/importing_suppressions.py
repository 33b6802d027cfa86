"""Suppressions from a table: shown line by line before anything is written, then written in one transaction.

Whoever comes from another system brings the list of those who want nothing; it is kept before the first message leaves.
Our own export is such a table too.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from bedside.accounts import SignedIn, audit
from bedside.directory import hospitals
from bedside.event_log import record
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.http.problems import Conflict, Invalid
from bedside.kit.phone import parse_phone
from bedside.kit.table_files import Columns, TableRow, rows_of
from bedside.kit.text import one_line, without_marks
from bedside.kit.wire import Wire
from bedside.message_templates import Channel
from bedside.messaging import store_suppressions
from bedside.messaging.events import SuppressionChanged

MOST_LINES = 20_000
LARGEST = 4_000_000  # bytes: these lines, with all that may stand in them
COLUMNS = Columns(
    names={
        "address": "address", "phone": "address", "number": "address", "mobile": "address", "email": "address",
        "mail": "address", "telefono": "address", "correo": "address", "recipient": "address", "contact": "address",
        "channel": "channel", "canal": "channel", "by": "channel",
        "what": "what", "purpose": "what",
        "reason": "reason", "motivo": "reason", "why": "reason",
        "source": "source", "origin": "source", "note": "source",
        "lifted": "lifted",
    },
    needed=("address",),
    example="address, channel (sms, whatsapp, email), what (everything, news), reason, source",
)  # fmt: skip
_CHANNELS = {
    "sms": Channel.SMS, "text": Channel.SMS, "textmessage": Channel.SMS,
    "whatsapp": Channel.WHATSAPP, "wa": Channel.WHATSAPP,
    "email": Channel.EMAIL, "mail": Channel.EMAIL, "correo": Channel.EMAIL,
}  # fmt: skip
_WHAT = {"": None, "everything": None, "all": None, "news": "marketing", "newsalone": "marketing",
         "marketing": "marketing"}  # fmt: skip
# what other systems call it; anything else is a reason of staff, kept in its own words
_REASONS = {
    "optout": "opt_out", "optedout": "opt_out", "unsubscribe": "opt_out", "unsubscribed": "opt_out", "stop": "opt_out",
    "baja": "opt_out", "bounce": "bounce", "bounced": "bounce", "hardbounce": "bounce", "invalid": "bounce",
    "complaint": "complaint", "spam": "complaint", "spamreport": "complaint", "provider": "provider", "staff": "staff",
}  # fmt: skip


class ImportedSuppression(Wire, kw_only=True):
    """What a line of a table does: stops an address (new), nothing since it is stopped already (same), or nothing since
    it cannot be read (refused). `because` says why."""

    line: int
    address: str
    channel: Channel | None = None
    purpose: str | None = None
    reason: str = "staff"
    source: str = ""
    outcome: Literal["new", "same", "refused"] = "new"
    because: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two of them one."""
        return self.channel or "", self.address, self.purpose or ""


class SuppressionsImported(Wire, kw_only=True):
    """What an import would do (`dryRun`), or did, line by line."""

    dry_run: bool
    file_name: str
    new: int
    same: int
    refused: int
    lines: list[ImportedSuppression]


async def import_suppressions(
    tx: Tx, *, path: Path, file_name: str, dry_run: bool, user: SignedIn
) -> SuppressionsImported:
    """Reads a table and says of each line what it does; stops the addresses unless `dry_run`. Broken lines stop nobody,
    and hold up no other line. Raises TableUnreadable (422), Conflict (409) for more than 20,000 lines."""
    name = one_line(Path(file_name).name or "table", pointer="/file", longest=200)
    countries = {one.country for one in await hospitals(tx, ids=user.hospitals)}
    region = next(iter(countries)) if len(countries) == 1 else None
    # reading numbers takes a tenth of a millisecond each: others are answered meanwhile
    lines = await asyncio.to_thread(lambda: list(_read(path, region=region, file_name=name)))
    good = [one for one in lines if one.outcome != "refused"]
    known = await store_suppressions.in_force(tx, addresses=[one.address for one in good])
    for one in good:
        if one.key in known:
            one.outcome, one.because = "same", one.because or "It is stopped already."
        known.add(one.key)
    new = [one for one in good if one.outcome == "new"]
    outcome = SuppressionsImported(
        dry_run=dry_run,
        file_name=name,
        new=len(new),
        same=len(good) - len(new),
        refused=len(lines) - len(good),
        lines=lines,
    )
    if not dry_run and new:
        made = await store_suppressions.suppress_many(
            tx,
            channels=[str(one.channel) for one in new],
            addresses=[one.address for one in new],
            purposes=[one.purpose for one in new],
            reasons=[one.reason for one in new],
            sources=[one.source for one in new],
            by=user.name,
        )
        counts = {"file": name, "new": len(made), "same": outcome.same, "refused": outcome.refused}
        await audit(tx, actor=user, action="suppressions.imported", subject="suppressions", after=counts)
        if made:
            # one for them all: whoever looks at the list draws it anew once
            await record(tx, SuppressionChanged(suppression_id=made[-1], how="imported"), actor=user)
    return outcome


def _read(path: Path, *, region: str | None, file_name: str) -> Iterator[ImportedSuppression]:
    for count, row in enumerate(rows_of(path, COLUMNS)):
        if count == MOST_LINES:
            raise Conflict(f"The table has more than {MOST_LINES:,} lines.", next_step="Import it in parts.")
        try:
            yield _line(row, region=region, file_name=file_name)
        except Invalid as problem:
            address = row.cells.get("address", "")[:320]
            yield ImportedSuppression(line=row.line, address=address, outcome="refused", because=problem.detail)


def _line(row: TableRow, *, region: str | None, file_name: str) -> ImportedSuppression:
    """A line as it would be kept. Raises Invalid (422), in words for whoever looks at the line."""
    cells = row.cells
    if cells.get("lifted"):
        raise Invalid("It says that this stop was lifted.")
    given = cells.get("address", "").removeprefix("'")  # which our own export puts before what begins with +
    if not given:
        raise Invalid("It has no address.")
    called = _folded(cells.get("channel", ""))
    channel = _CHANNELS.get(called) if called else Channel.EMAIL if "@" in given else None
    if channel is None:
        raise Invalid(
            f"“{cells['channel'][:40]}” is no channel: sms, whatsapp or email."
            if called
            else "A number needs its channel: sms or whatsapp."
        )
    what = _folded(cells.get("what", ""))
    if what not in _WHAT:
        raise Invalid(f"“{cells['what'][:40]}” is neither everything nor news.")
    address = parse_email(given) if channel is Channel.EMAIL else parse_phone(given, region=region)
    why = cells.get("reason", "")
    source = cells.get("source") or (why if _folded(why) not in _REASONS else "") or f"imported from {file_name}"
    return ImportedSuppression(
        line=row.line,
        address=address,
        channel=channel,
        purpose=_WHAT[what],
        reason=_REASONS.get(_folded(why), "staff"),
        source=one_line(source[:300], pointer="/source", longest=300),
    )


def _folded(text: str) -> str:
    return "".join(sign for sign in without_marks(text) if sign.isalnum())
