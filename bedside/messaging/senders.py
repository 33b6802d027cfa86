"""The senders: a row for each channel that settings have an account for, and the providers that speak for them."""

from bedside.kit.database import Tx
from bedside.messaging import store_senders
from bedside.messaging.provider_accounts import ProviderAccounts
from bedside.messaging.providers.outcomes import Provider
from bedside.messaging.providers.smtp.wire import Smtp
from bedside.messaging.providers.twilio.wire import Twilio
from bedside.messaging.providers.whatsapp_cloud.wire import WhatsAppCloud

# Messages a second to begin with: a long number at Twilio takes one and queues the rest, a messaging service more;
# WhatsApp 80; a mail server what it says.
PER_SECOND = {"twilio": 20, "whatsapp_cloud": 80, "smtp": 20}


def providers(accounts: ProviderAccounts) -> dict[str, Provider]:
    """What speaks to each provider that there is an account for, by its name."""
    made: list[Provider] = []
    if accounts.twilio:
        made.append(Twilio(accounts.twilio, public_url=accounts.public_url))
    if accounts.whatsapp:
        made.append(WhatsAppCloud(accounts.whatsapp))
    if accounts.smtp:
        made.append(Smtp(accounts.smtp, secret_key=accounts.secret_key))
    return {provider.name: provider for provider in made}


async def ensure_senders(tx: Tx, accounts: ProviderAccounts) -> None:
    """Makes a sender of the group for each account, retires those of accounts that are gone, and hands their waiting
    messages over. Called at every start; changes nothing where nothing changed."""
    for channel, provider, address in accounts.senders():
        await store_senders.ensure(
            tx, channel=channel, provider=provider, address=address, per_second=PER_SECOND[provider]
        )
