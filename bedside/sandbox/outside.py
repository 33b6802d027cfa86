"""The outside world as one thing in hand: its accounts, phones, faults, callbacks, and what is still on its way."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Coroutine
from typing import Any, cast

import msgspec
from litestar import Request

from bedside.kit.clock import Clock
from bedside.sandbox.accounts import SandboxAccounts
from bedside.sandbox.callbacks import Callbacks
from bedside.sandbox.faults import Fault, Faults
from bedside.sandbox.mail_files import MailFiles
from bedside.sandbox.phones import Bounce, Phones
from bedside.sandbox.whatsapp_templates import Templates

LOG = logging.getLogger(__name__)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How quickly the outside world moves, in seconds. Tests set all of it to nearly nothing."""

    sent: float = 0.3
    delivered: float = 0.6
    # A WhatsApp message counts as read this long after delivery, or as soon as its thread is opened on the page.
    # None: only when opened.
    read: float | None = 6.0
    # WhatsApp tries a webhook again after this long, then twice as long, up to an hour, for seven days.
    webhook_retry: float = 2.0
    # WhatsApp decides on a template so long after it was handed in.
    review: float = 4.0


class Outside:
    """Everything the wires share. There is one to a sandbox."""

    def __init__(
        self,
        *,
        accounts: SandboxAccounts,
        product: str | None,
        public_url: str | None = None,
        bounces_to: str | None = None,
        mail_to: str | None = None,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self.accounts = accounts
        self.product = product.rstrip("/") if product else None
        self.bounces_to = bounces_to
        self.mail_to = mail_to
        self.clock = clock
        self.pace = pace
        self.phones = Phones()
        self.mail_files = MailFiles()
        self.faults = Faults()
        self.callbacks = Callbacks(
            clock, product=self.product, public_url=public_url.rstrip("/") if public_url else None
        )
        self.templates = Templates()
        # files by the Cloud API's id: media type and bytes
        self.media: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        # where this sandbox is reached: what Twilio's webhooks name files by
        self.own_url = ""
        self.bounces: deque[Bounce] = deque(maxlen=500)
        self.closing = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Lets something go on by itself until it is done or the sandbox closes."""
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            LOG.error("Something on its way through the sandbox broke off", exc_info=problem)

    async def close(self) -> None:
        """Stops what is under way and closes connections."""
        self.closing.set()
        self.phones.tell()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self.callbacks.close()

    async def bad_day(self, request: Request[Any, Any, Any], channel: str, to: str, *, account: str) -> Fault | None:
        """The fault that strikes this send before it is accepted, if any. A cut connection is cut here."""
        fault = self.faults.strike(channel, to, "refused_connection", "rate_limit", "server_error", account=account)
        if fault is not None and fault.kind == "refused_connection":
            cut_connection(request)
        return fault

    async def say_nothing(self, channel: str, to: str, *, account: str) -> None:
        """Where that fault is dialled in: holds the answer back until whoever asked has given up (ten minutes)."""
        if self.faults.strike(channel, to, "silent_after_acceptance", account=account):
            try:
                await asyncio.wait_for(self.closing.wait(), 600)
            except TimeoutError:
                return


def outside_of(request: Request[Any, Any, Any]) -> Outside:
    """The outside world that this request came to."""
    return cast("Outside", request.app.state.outside)


def cut_connection(request: Request[Any, Any, Any]) -> None:
    """Cuts the TCP connection under a request, as a firewall or a crashed provider would."""
    transport = request.scope.get("bedside.transport")
    if transport is not None:
        cast("asyncio.Transport", transport).abort()
