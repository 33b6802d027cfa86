"""Bad days, dialled in by the page or the API: what goes wrong, on which channel, for whom, and how many times.

`POST /faults {"kind":"rate_limit","channel":"sms","count":3}` adds one, `GET /faults` lists those still in force,
`DELETE /faults` (or `/faults/{id}`) ends them. `account` limits one to an account of the
hospital's: a SID of Twilio's, a phone number id of WhatsApp's, or the name that signs in to the mail server. Tests of
bad days use the same ones as the demonstration.
"""

from collections.abc import Callable, Iterator
from typing import Annotated, Literal

import msgspec

Kind = Literal[
    "rate_limit",  # not processed: 429 with 20429 or 130429; mail 421 4.7.0
    "server_error",  # 503, whether or not it was processed is not said (it was not); mail 451
    "refused_connection",  # the connection is cut before anything was accepted
    "silent_after_acceptance",  # accepted, but the answer never comes; mail: the connection is lost after the dot
    "error",  # `code` is answered, or comes in a receipt (`at`); mail: 4yz or 5yz
    "bounce",  # mail only: accepted, then returned with a delivery status notification (`code` as 5.1.1 and the like)
    "receipts_lost",
    "receipts_duplicated",
    "receipts_reordered",
    "receipts_delayed",  # by `seconds`
]


class NewFault(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A fault to dial in. `count` null means until it is ended; `to` limits it to one number or address."""

    kind: Kind
    channel: Literal["sms", "whatsapp", "email"] | None = None
    to: str | None = None
    account: str | None = None
    count: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = 1
    code: str | int | None = None
    # Where an error shows: in the answer to the send, or later in a receipt. Left out, each code comes where the
    # provider would bring it. For mail: at the recipient (RCPT) or after the data.
    at: Literal["answer", "receipt", "recipient", "data"] | None = None
    seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 5.0


class Fault(NewFault, kw_only=True, rename="camel"):
    """A fault in force, with how many times it has still to strike (null: always) and how often it has."""

    id: int
    struck: int = 0


class Faults:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._last = 0

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults.values())

    def add(self, new: NewFault) -> Fault:
        """Dials a fault in."""
        self._last += 1
        fault = Fault(**{name: getattr(new, name) for name in NewFault.__struct_fields__}, id=self._last)
        self._faults[fault.id] = fault
        return fault

    def end(self, fault_id: int | None = None) -> int:
        """Ends one fault, or all of them. Gives how many there were."""
        ended = [fault for fault in self if fault_id is None or fault.id == fault_id]
        for fault in ended:
            del self._faults[fault.id]
        return len(ended)

    def strike(
        self, channel: str, to: str, *kinds: Kind, account: str | None = None, places: tuple[str | None, ...] = ()
    ) -> Fault | None:
        """The oldest fault of these kinds that is meant for this channel, person and `account` that sends (and, of
        errors, at one of the `places`); counts it as used once."""
        for fault in self:
            meant = (
                fault.kind in kinds
                and fault.channel in (None, channel)
                and (fault.to is None or fault.to.casefold() == to.casefold())
                and fault.account in (None, account)
                and (not places or fault.at in places)
            )
            if meant:
                return self._use(fault)
        return None

    def error_for(
        self, channel: str, to: str, *, account: str, comes_later: Callable[[int], bool], usual: int
    ) -> tuple[int | None, int | None]:
        """The code dialled in for this send, as (in the answer, in a receipt). `comes_later` says of a code without
        a place of its own whether the provider brings it in a receipt; `usual` is taken where no code was given."""
        fault = self.strike(channel, to, "error", account=account)
        if fault is None:
            return None, None
        code = int(str(fault.code)) if str(fault.code).isdigit() else usual
        later = fault.at == "receipt" or (fault.at is None and comes_later(code))
        return (None, code) if later else (code, None)

    def _use(self, fault: Fault) -> Fault:
        fault.struck += 1
        if fault.count is not None:
            fault.count -= 1
            if fault.count == 0:
                del self._faults[fault.id]
        return fault
