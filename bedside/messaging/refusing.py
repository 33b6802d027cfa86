"""Webhooks that are refused where they arrive, counted so that a person sees it, and what they can do.

Whoever calls without a right signature decides how often, so that a call costs no row and no transaction of its own:
what is refused while a count is being written goes with the next.
"""

import asyncio
from collections import Counter

import structlog

from bedside.kit.database import Database
from bedside.messaging import store_refused

log = structlog.get_logger()

NAMES = {"twilio": "Twilio", "whatsapp_cloud": "WhatsApp Cloud API", "smtp": "Mail server"}
WHAT = {
    "signature": "the signature did not fit",
    "token": "the verify token did not fit",
    "address": "came back to no address of ours",
    "malformed": "made no sense",
}
_SECRETS = {"twilio": "BEDSIDE_TWILIO_AUTH_TOKEN", "whatsapp_cloud": "BEDSIDE_WHATSAPP_APP_SECRET"}


def what_to_do(provider: str, reason: str) -> str:
    """What a person can do about refusals, in a sentence or two."""
    match reason:
        case "signature":
            return (
                f"Compare {_SECRETS.get(provider, 'the account’s secret')} with the provider's page, and that it calls "
                "the address below. If both are right, somebody else called, and nothing came of it."
            )
        case "token":
            return "Enter the same word at WhatsApp as in BEDSIDE_WHATSAPP_VERIFY_TOKEN, then verify again there."
        case "address":
            return "Let the mail server forward only what comes to bounces+…@. Nothing was done."
        case _:
            return "It was signed rightly. Look at what could not be applied, and ask the provider."


class Refusals:
    """Where a web process counts what it refused."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: Counter[tuple[str, str]] = Counter()
        self._at_work: asyncio.Task[None] | None = None

    async def note(self, provider: str, reason: str) -> None:
        """Ends when it is counted. A database that is away costs the count, and not the refusal."""
        self._waiting[provider, reason] += 1
        if self._at_work is None or self._at_work.done():
            self._at_work = asyncio.create_task(self._work())
        await asyncio.shield(self._at_work)

    async def _work(self) -> None:
        while self._waiting:
            counted, self._waiting = self._waiting, Counter()
            try:
                async with self._database.transaction() as tx:
                    await store_refused.count(tx, counted)
            except Exception:
                log.exception("refusals_not_counted", refusals=sum(counted.values()))
