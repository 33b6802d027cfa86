"""The senders: a row for each channel that settings have an account for, and the providers that speak for them."""

from bedside.kit.database import Tx
from bedside.kit.files import Files
from bedside.messaging import store_senders
from bedside.messaging.provider_accounts import ProviderAccounts, carrier
from bedside.messaging.providers.contents import Contents
from bedside.messaging.providers.outcomes import Provider
from bedside.messaging.providers.smtp.wire import Smtp
from bedside.messaging.providers.twilio.wire import Twilio
from bedside.messaging.providers.whatsapp_cloud.wire import WhatsAppCloud

# Messages a second to begin with: a long number at Twilio takes one and queues the rest, a messaging service more;
# WhatsApp 80; a mail server what it says.
PER_SECOND = {"twilio": 20, "whatsapp_cloud": 80, "smtp": 20}


def providers(accounts: ProviderAccounts, *, files: Files | None = None) -> dict[str, Provider]:
    """What speaks for each account that there is, by its `carrier`. `files`: where what goes along lies."""
    contents = Contents(files)
    made: dict[str, Provider] = {}
    for number, twilio in accounts.twilios:
        made[carrier(Twilio.name, number)] = Twilio(twilio, public_url=accounts.public_url)
    for number, whatsapp in accounts.whatsapps:
        made[carrier(WhatsAppCloud.name, number)] = WhatsAppCloud(whatsapp, contents=contents)
    for number, smtp in accounts.smtps:
        made[carrier(Smtp.name, number)] = Smtp(smtp, secret_key=accounts.secret_key, contents=contents)
    return made


async def ensure_senders(tx: Tx, accounts: ProviderAccounts) -> None:
    """Makes a sender of the group for each account, retires those of accounts that are gone, and hands their waiting
    messages over. Called at every start; changes nothing where nothing changed."""
    named = accounts.senders()
    for sender in named:
        await store_senders.ensure(tx, sender=sender, per_second=PER_SECOND[sender.provider])
    await store_senders.retire_others(tx, named=named)
