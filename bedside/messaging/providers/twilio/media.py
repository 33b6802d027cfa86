"""Files that people send by Twilio: fetched with the account's credentials, from Twilio and nowhere else."""

from urllib.parse import urlsplit

from aiohttp import encode_basic_auth

from bedside.messaging.provider_accounts import TwilioAccount
from bedside.messaging.providers.download import NotThere, download, same_origin

# where the API sends on to
HOSTS = (".twilio.com", ".twiliocdn.com", ".amazonaws.com")


async def fetch(account: TwilioAccount, url: str, *, largest: int) -> bytes:
    """What stands at a MediaUrl of ours. Raises NotThere for an address that is not of our account, as `download`."""
    place = f"/2010-04-01/Accounts/{account.account_sid}/"
    if not same_origin(url, account.base_url) or not urlsplit(url).path.startswith(place) or ".." in url:
        raise NotThere("the address is not Twilio's")

    def twilios(address: str) -> bool:
        parts = urlsplit(address)
        stored = parts.scheme == "https" and f".{parts.hostname or ''}".endswith(HOSTS)
        return same_origin(address, account.base_url) or stored

    headers = {"Authorization": encode_basic_auth(account.account_sid, account.auth_token)}
    return await download(url, headers=headers, may_go=twilios, largest=largest)
