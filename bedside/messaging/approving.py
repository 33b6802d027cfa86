"""What the worker does about approvals: hands words in at WhatsApp, and asks what came of them until it knows.

What waits is asked about soon and then ever less often; what is approved once an hour, since WhatsApp pauses templates
that people complain about.
"""

import asyncio
from datetime import datetime, timedelta

from bedside.event_log import SYSTEM, record
from bedside.kit.database import Database, Tx
from bedside.kit.jobs import forever
from bedside.message_templates import ApprovalState, approvals
from bedside.messaging.events import TemplateApprovalChanged
from bedside.messaging.provider_accounts import ProviderAccounts, WhatsAppAccount
from bedside.messaging.providers.http import NotReached, Unanswered
from bedside.messaging.providers.whatsapp_cloud.templates import Answered, Submission, TemplateRegistry

AT_ONCE = 10
IDLE_SECONDS = 1.0
WATCH_SECONDS = 60.0
SOONEST, LATEST = timedelta(seconds=2), timedelta(hours=1)
NOT_REACHED = timedelta(minutes=1)
AGAIN = {
    ApprovalState.APPROVED: timedelta(hours=1),
    ApprovalState.PAUSED: timedelta(minutes=30),
    ApprovalState.REJECTED: timedelta(days=1),
}


def business_account(accounts: ProviderAccounts) -> WhatsAppAccount | None:
    """The account whose templates are looked after: the first that says its business account. Numbers of one business
    share its templates."""
    return next((one for _, one in accounts.whatsapps if one.business_account_id), None)


class Approver:
    """`step` does what is due; the worker calls it again and again."""

    def __init__(self, database: Database, accounts: ProviderAccounts) -> None:
        self._database = database
        account = business_account(accounts)
        self._registry = TemplateRegistry(account) if account else None
        self._watched = float("-inf")

    async def step(self) -> bool:
        """One round, outside any transaction while WhatsApp is asked; whether there was anything to do."""
        if self._registry is None:
            return False
        async with self._database.transaction() as tx:
            await self._watch(tx)
            due = await approvals.claim_due(tx, limit=AT_ONCE)
        answers = await asyncio.gather(*(self._ask(self._registry, one) for one in due))
        if due:
            async with self._database.transaction() as tx:
                for one, answered in zip(due, answers, strict=True):
                    await _keep(tx, one, answered)
        return bool(due)

    async def _watch(self, tx: Tx) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._watched > WATCH_SECONDS:
            self._watched = now
            await approvals.watch_named(tx)

    async def _ask(self, registry: TemplateRegistry, one: approvals.Due) -> Answered | str:
        """What WhatsApp says, or why it could not be asked. Words are looked for before they are handed in: they may
        have arrived though no answer came."""
        try:
            found = await registry.look_up(name=one.name, language=one.language)
            if found is not None:
                return found
            if not one.own:
                words = f"WhatsApp knows no template “{one.name}” in this language ({one.language})."
                return Answered(state=ApprovalState.REJECTED, reason=words, provider_id=None)
            if one.provider_id is not None:
                words = "WhatsApp has it no more."
                return Answered(state=ApprovalState.REJECTED, reason=words, provider_id=None)
            if one.state is not ApprovalState.SUBMITTED:
                return Answered(state=one.state, reason=one.reason, provider_id=None)
            return await registry.submit(
                Submission(
                    name=one.name,
                    language=one.language,
                    category=one.category,
                    body=one.body,
                    examples=one.examples,
                    buttons=one.buttons,
                    header=one.header,
                )
            )
        except NotReached as error:
            return f"WhatsApp could not be reached: {error}"
        except Unanswered as error:
            return str(error)

    async def close(self) -> None:
        """Closes connections."""
        if self._registry is not None:
            await self._registry.close()


async def _keep(tx: Tx, one: approvals.Due, answered: Answered | str) -> None:
    pause = timedelta(0)
    if isinstance(answered, str):
        pause = NOT_REACHED  # each of fifty templates would ask by itself whether WhatsApp is there
        answered = Answered(state=one.state, reason=f"{answered} It is tried again by itself.", provider_id=None)
    await approvals.decide(
        tx,
        version_id=one.version_id,
        state=answered.state,
        reason=answered.reason,
        provider_id=answered.provider_id,
        ask_at=tx.now + max(pause, _pause(answered.state, one.submitted_at, tx.now)),
    )
    if answered.state is not one.state:
        changed = TemplateApprovalChanged(
            template_id=one.template_id, version_id=one.version_id, state=answered.state.value
        )
        await record(tx, changed, actor=SYSTEM)


def _pause(state: ApprovalState, submitted_at: datetime, now: datetime) -> timedelta:
    return AGAIN.get(state) or min(max(now - submitted_at, SOONEST), LATEST)


async def run(database: Database, *, accounts: ProviderAccounts) -> None:
    """Looks after approvals until cancelled."""
    approver = Approver(database, accounts)
    try:
        await forever("approvals", approver.step, idle=IDLE_SECONDS)
    finally:
        await approver.close()
