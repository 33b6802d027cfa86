"""The background work: the sender, the reminders' loop, and every room's tasks. As many as wanted may run at once."""

import asyncio

import structlog

from bedside import messaging, reactions
from bedside.accounts import tasks as accounts_tasks
from bedside.campaigns import tasks as campaigns_tasks
from bedside.contracts import tasks as contracts_tasks
from bedside.feedback import tasks as feedback_tasks
from bedside.kit import idempotency_store, installation_store, logs
from bedside.kit.database import Database
from bedside.kit.files import files_at
from bedside.kit.jobs import Task, run_jobs
from bedside.kit.sealing import install_sealing_key
from bedside.loyalty import tasks as loyalty_tasks
from bedside.message_templates import ship_templates
from bedside.messaging import Sender, applying, approving, fetching, mail_listener, pricing
from bedside.messaging import tasks as messaging_tasks
from bedside.owner_relations import tasks as owner_relations_tasks
from bedside.payouts import tasks as payouts_tasks
from bedside.reminders import ensure_default_policy
from bedside.reminders import tasks as reminders_tasks
from bedside.scheduling import tasks as scheduling_tasks
from bedside.settings import Settings, SettingsError, secret_key

log = structlog.get_logger()

# the sender's, the reminders', the receipts', the tasks', and some to spare
CONNECTIONS = 10


async def forget_idempotency_keys(database: Database) -> None:
    """Forgets the answers that were kept for requests sent again, after two days."""
    async with database.transaction() as tx:
        await idempotency_store.forget_old(tx)


def tasks() -> list[Task]:
    """Everything that runs by the clock or is deferred."""
    return [
        Task(name="kit.forget_idempotency_keys", work=forget_idempotency_keys, cron="23 * * * *"),
        *accounts_tasks.TASKS,
        *scheduling_tasks.TASKS,
        *messaging_tasks.TASKS,
        *contracts_tasks.TASKS,
        *owner_relations_tasks.TASKS,
        *payouts_tasks.TASKS,
        *loyalty_tasks.TASKS,
        *feedback_tasks.TASKS,
    ]


async def work(settings: Settings, database: Database | None = None) -> None:
    """Works until cancelled; then what is in hand has two seconds to end. Raises SettingsError without a database."""
    logs.configure(settings.log_format)
    key = secret_key(settings)
    install_sealing_key(key)
    reactions.install(public_url=settings.public_url)
    owns_database = database is None
    if database is None:
        if settings.database_url is None:
            raise SettingsError("BEDSIDE_DATABASE_URL is not set. `bedside run` starts a database.")
        database = Database(settings.database_url, pool_size=CONNECTIONS, application="bedside worker")
        await database.open()
    try:
        sender = await prepare(database, settings, key)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(sender.run(), name="sender")
                group.create_task(applying.run(database, secret=key), name="receipts")
                group.create_task(reminders_tasks.run_emergency_loop(database), name="emergencies")
                group.create_task(reminders_tasks.run_due_loop(database), name="reminders")
                group.create_task(feedback_tasks.run_due_loop(database), name="feedback")
                group.create_task(campaigns_tasks.run_loop(database), name="campaigns")
                accounts = messaging.provider_accounts(settings, secret_key=key)
                files = files_at(settings.data / "files", settings.files_url)
                group.create_task(pricing.run(database, accounts=accounts), name="prices")
                group.create_task(approving.run(database, accounts=accounts), name="approvals")
                group.create_task(fetching.run(database, files=files, accounts=accounts), name="attachments")
                if settings.mail_listen:
                    group.create_task(mail_listener.run(database, secret=key, at=settings.mail_listen), name="mail")
                group.create_task(run_jobs(database, tasks()), name="jobs")
                log.info("working")
        finally:
            await sender.close()
    finally:
        if owns_database:
            await database.close()


async def prepare(database: Database, settings: Settings, key: str) -> Sender:
    """What is due at every start: shipped texts, the reminder policy, these settings' senders. Gives the sender."""
    provider_accounts = messaging.provider_accounts(settings, secret_key=key)
    async with database.transaction() as tx:
        await ship_templates(tx)
        await ensure_default_policy(tx)
        await messaging.ensure_senders(tx, provider_accounts)
        demonstration = await installation_store.is_demonstration(tx)
    return Sender(
        database,
        messaging.providers(provider_accounts, files=files_at(settings.data / "files", settings.files_url)),
        demonstration=demonstration,
        allow_recipients=provider_accounts.allow_recipients,
    )
