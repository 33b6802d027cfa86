"""When a provider fails, its sender is held back and another account's stands in, until one message shows it works.

What counts is the provider's own: nothing reached it, it answered that it is in trouble, it did not answer, it does
not accept the account. What is wrong with a message or its recipient, and being too quick, count neither way.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import structs

from bedside.event_log import SYSTEM, record
from bedside.kit.database import Tx
from bedside.messaging import store_circuits, store_sending
from bedside.messaging.events import SenderChanged
from bedside.messaging.model import Message, SendingAddress
from bedside.messaging.providers.outcomes import Outcome, Result, Verdict
from bedside.messaging.store_senders import is_by_hand
from bedside.messaging.views import SenderState, SenderView

TRIPS_AFTER = 3
FIRST_TRY, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
# an account that is not accepted needs a person first
ACCOUNT_WAIT = timedelta(minutes=15)

_FAULTS = frozenset({Verdict.DOWN, Verdict.AMBIGUOUS, Verdict.PAUSE})


class _Signs:
    """What some outcomes, in order, say about one sender's provider."""

    def __init__(self) -> None:
        self.worked_at: datetime | None = None
        self.faults = 0
        self.last: Outcome | None = None
        self.account = False

    def take(self, outcome: Outcome, sent_at: datetime) -> None:
        """Adds one."""
        if outcome.result is Result.SENT:
            self.worked_at = max(self.worked_at or sent_at, sent_at)
            self.faults, self.account = 0, False
        elif outcome.verdict in _FAULTS:
            self.faults += 1
            self.last = outcome
            self.account |= outcome.verdict is Verdict.PAUSE


async def judge(tx: Tx, ended: Iterable[tuple[Outcome, Message]]) -> None:
    """Takes from attempts that have ended whether their senders work. Holds back one whose provider failed several
    times in a row, or does not accept the account; lets one go again that was held back and sent."""
    signs: dict[int, _Signs] = {}
    for outcome, message in ended:
        if message.sender_id is not None and message.sending_at is not None:
            signs.setdefault(message.sender_id, _Signs()).take(outcome, message.sending_at)
    in_trouble = await store_circuits.in_trouble(tx, sender_ids=list(signs))
    for sender_id, sign in sorted(signs.items()):  # in order, so that workers never wait for each other in a circle
        troubled = sign.worked_at is not None and sender_id in in_trouble
        if troubled and await store_circuits.worked(tx, sender_id=sender_id, sent_at=sign.worked_at or tx.now):
            await record(tx, SenderChanged(sender_id=sender_id, how="works again"), actor=SYSTEM)
        if sign.last is not None and sign.faults:
            in_row = await store_circuits.failed(tx, sender_id=sender_id, times=sign.faults)
            if in_row >= TRIPS_AFTER or sign.account:
                await _hold_back(tx, sender_id, sign.last, account=sign.account)


async def _hold_back(tx: Tx, sender_id: int, outcome: Outcome, *, account: bool) -> None:
    try_at = tx.now + (ACCOUNT_WAIT if account else FIRST_TRY)
    because = outcome.words or "The provider failed."
    if await store_circuits.trip(tx, sender_id=sender_id, because=because[:500], try_at=try_at):
        await record(tx, SenderChanged(sender_id=sender_id, how="held back"), actor=SYSTEM)


async def standing(tx: Tx) -> list[SenderView]:
    """Every sender there is or was, those in use first, with what it does now."""
    stood_in_for = await store_circuits.stood_in_for(tx)
    helpers = set(stood_in_for.values())
    return [
        SenderView(
            **structs.asdict(one),
            state=_state(tx, one, stood_in=one.id in stood_in_for, helps=one.id in helpers),
            stood_in_by=stood_in_for.get(one.id),
        )
        for one in await store_sending.every_address(tx)
    ]


def _state(tx: Tx, one: SendingAddress, *, stood_in: bool, helps: bool) -> SenderState:
    paused = one.paused_until is not None and one.paused_until > tx.now
    if not one.active:
        return "retired"
    if is_by_hand(one.paused_until):
        return "paused"
    if one.tripped_at is not None:
        return "held_back" if stood_in else "failing"
    if paused:
        return "paused"
    if helps:
        return "standing_in"
    return "ready" if one.account == 2 else "sending"
