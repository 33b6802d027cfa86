"""Fetching the files that people send: from the provider, by the worker, never while a webhook waits for its answer.

A row of `communications.attachments` that is waiting *is* the job. What came is judged by its bytes alone.
"""

import asyncio
from datetime import timedelta

import structlog

from bedside.event_log import SYSTEM, record
from bedside.kit.database import Database, Tx
from bedside.kit.files import Files
from bedside.kit.jobs import forever
from bedside.messaging import store_attachments
from bedside.messaging.attaching import looked_at
from bedside.messaging.attachment_model import ACCEPTED, LARGEST, name_for
from bedside.messaging.events import ConversationChanged, OwnerConversationChanged
from bedside.messaging.provider_accounts import ProviderAccounts, TwilioAccount, WhatsAppAccount
from bedside.messaging.providers.download import NotThere, TooMuch
from bedside.messaging.providers.http import NotReached, Unanswered
from bedside.messaging.providers.smtp.incoming import file_in
from bedside.messaging.providers.twilio import media as twilio
from bedside.messaging.providers.whatsapp_cloud import media as whatsapp
from bedside.messaging.store_attachments import ToFetch

log = structlog.get_logger()

AT_ONCE = 4
# longer than a download may take
LEASE = timedelta(minutes=2)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=2)
ATTEMPTS = 10  # which is about nine hours
# a provider may tell of a file moments before it has it
ATTEMPTS_WHERE_NOT_THERE = 3


class Fetcher:
    """`step` fetches what waits, a few at a time; the worker calls it again and again."""

    def __init__(self, database: Database, files: Files, accounts: ProviderAccounts) -> None:
        self._database, self._files, self._accounts = database, files, accounts

    async def step(self) -> bool:
        """One round; whether there was anything to do."""
        async with self._database.transaction() as tx:
            claimed = await store_attachments.claim(tx, limit=AT_ONCE, lease=LEASE)
        await asyncio.gather(*(self._fetch(one) for one in claimed))
        return bool(claimed)

    async def _fetch(self, one: ToFetch) -> None:
        try:
            content = await self._content(one)
        except TooMuch:
            await self._ended(one, "refused", f"It is larger than {LARGEST / 1_000_000:g} MB.")
        except NotThere as because:
            last = one.attempts >= ATTEMPTS_WHERE_NOT_THERE
            await self._again(one, f"It is not there to be fetched: {because}.", last=last)
        except (NotReached, Unanswered) as because:
            await self._again(one, f"It could not be fetched: {because}", last=one.attempts >= ATTEMPTS)
        except Exception as error:  # a fault of ours: its lease runs out, and it is tried again
            log.exception("attachment_not_fetched", attachment=one.id)
            if one.attempts >= ATTEMPTS:
                await self._ended(one, "lost", f"Our side failed while fetching it ({type(error).__name__}).")
        else:
            await self._take(one, content)

    async def _content(self, one: ToFetch) -> bytes:
        match one.provider:
            case "twilio" if self._accounts.twilios:
                return await twilio.fetch(self._twilio(one), one.reference, largest=LARGEST)
            case "whatsapp_cloud" if self._accounts.whatsapps:
                return await whatsapp.fetch(self._whatsapp(one), one.reference, largest=LARGEST)
            case "smtp":
                return await self._from_mail(one)
        raise NotThere("there is no account for it any more")

    def _twilio(self, one: ToFetch) -> TwilioAccount:
        """The account that it came to, which its address names."""
        accounts = [account for _, account in self._accounts.twilios]
        return next((account for account in accounts if f"/{account.account_sid}/" in one.reference), accounts[0])

    def _whatsapp(self, one: ToFetch) -> WhatsAppAccount:
        """The number that it came to."""
        accounts = [account for _, account in self._accounts.whatsapps]
        return next((account for account in accounts if account.phone_number_id == one.to_address), accounts[0])

    async def _from_mail(self, one: ToFetch) -> bytes:
        receipt_id, _, place = one.reference.partition(":")
        async with self._database.transaction() as tx:
            raw = await store_attachments.mail_of(tx, receipt_id=int(receipt_id))
        content = await asyncio.to_thread(file_in, raw, int(place)) if raw is not None else None
        if content is None:
            raise NotThere("the mail is not kept any more")
        if len(content) > LARGEST:
            raise TooMuch
        return content

    async def _take(self, one: ToFetch, content: bytes) -> None:
        media_type, size = await asyncio.to_thread(looked_at, content)
        if media_type is None or media_type not in ACCEPTED or not content:
            await self._ended(one, "refused", "It is of no kind that is taken here, and was not kept.")
            return
        name = name_for(one.name, media_type)
        width, height = size or (None, None)
        async with self._database.transaction() as tx:
            kept = await self._files.keep(
                tx, name=name, content=content, accepted=ACCEPTED, largest=LARGEST, media_type=media_type
            )
            if await store_attachments.settle(
                tx, attachment_id=one.id, status="kept", file=kept, name=name, width=width, height=height
            ):
                await _tell(tx, one)

    async def _again(self, one: ToFetch, words: str, *, last: bool) -> None:
        if last:
            await self._ended(one, "lost", words)
            return
        pause = min(FIRST_PAUSE * 3 ** (one.attempts - 1), LONGEST_PAUSE)
        async with self._database.transaction() as tx:
            await store_attachments.settle(
                tx, attachment_id=one.id, status="waiting", error=words[:500], fetch_at=tx.now + pause
            )

    async def _ended(self, one: ToFetch, status: str, words: str) -> None:
        async with self._database.transaction() as tx:
            if await store_attachments.settle(tx, attachment_id=one.id, status=status, error=words[:500]):
                await _tell(tx, one)


async def run(database: Database, *, files: Files, accounts: ProviderAccounts) -> None:
    """Fetches what people send until cancelled."""
    await forever("attachments", Fetcher(database, files, accounts).step, idle=0.5)


async def _tell(tx: Tx, one: ToFetch) -> None:
    """The thread shows it at once."""
    of = OwnerConversationChanged if one.person_kind == "owner" else ConversationChanged
    await record(
        tx,
        of(
            conversation_id=one.conversation_id,
            how="file",
            patient_id=one.person_id if one.person_kind == "patient" else None,
            owner_id=one.person_id if one.person_kind == "owner" else None,
        ),
        actor=SYSTEM,
    )
