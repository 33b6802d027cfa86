"""What messages cost at Twilio, which says so some minutes later and only when asked. Each is asked about once.

WhatsApp's Cloud API says in its receipts what it bills a message as (`status_changes`); mail costs nothing.
"""

import asyncio
from datetime import timedelta

from bedside.kit.database import Database
from bedside.kit.jobs import forever
from bedside.messaging import store_prices
from bedside.messaging.provider_accounts import ProviderAccounts, carrier
from bedside.messaging.providers.http import NotReached, Unanswered
from bedside.messaging.providers.outcomes import Price
from bedside.messaging.providers.twilio.wire import Twilio
from bedside.messaging.store_prices import Unpriced

# by then nearly every message has its price; one that has none stays without
AFTER = timedelta(minutes=5)
BATCH, AT_ONCE = 50, 10
IDLE_SECONDS = 20.0


class Pricer:
    """`step` asks about a batch; the worker calls it again and again."""

    def __init__(self, database: Database, accounts: ProviderAccounts) -> None:
        self._database = database
        self._twilios = {
            carrier(Twilio.name, number): Twilio(account, public_url=accounts.public_url)
            for number, account in accounts.twilios
        }
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def step(self) -> bool:
        """One round, outside any transaction while Twilio is asked; whether there was anything to do. Where it cannot
        be reached the messages wait for the next round."""
        if not self._twilios:
            return False
        async with self._database.transaction() as tx:
            asked = await store_prices.claim(tx, carriers=list(self._twilios), after=AFTER, limit=BATCH)
        answers = await asyncio.gather(*(self._ask(one) for one in asked))
        priced = [(one.id, price) for one, price in zip(asked, answers, strict=True) if isinstance(price, Price)]
        failed = [one.id for one, price in zip(asked, answers, strict=True) if price is False]
        if asked:
            async with self._database.transaction() as tx:
                await store_prices.keep(tx, priced)
                await store_prices.ask_again(tx, message_ids=failed)
        return bool(asked) and not failed

    async def _ask(self, one: Unpriced) -> Price | bool:
        """What it cost; True where Twilio does not say, False where it could not be asked."""
        async with self._turns:
            try:
                return await self._twilios[one.carrier].price(one.provider_id) or True
            except (NotReached, Unanswered):
                return False

    async def close(self) -> None:
        """Closes connections."""
        for twilio in self._twilios.values():
            await twilio.close()


async def run(database: Database, *, accounts: ProviderAccounts) -> None:
    """Asks what messages cost until cancelled."""
    pricer = Pricer(database, accounts)
    try:
        await forever("prices", pricer.step, idle=IDLE_SECONDS)
    finally:
        await pricer.close()
