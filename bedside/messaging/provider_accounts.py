"""The accounts at providers, as settings hand them down. Messaging reads no environment and knows no sandbox."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec

from bedside.message_templates import Channel

Tls = Literal["starttls", "tls", "none"]


class TwilioAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account at Twilio. `sms_from` is a number or a messaging service (MG...)."""

    base_url: str = "https://api.twilio.com"
    account_sid: str
    auth_token: str
    sms_from: str
    whatsapp_from: str | None = None
    real: bool = True


class WhatsAppAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A number at the WhatsApp Cloud API."""

    base_url: str = "https://graph.facebook.com"
    token: str
    app_secret: str
    verify_token: str
    phone_number_id: str
    business_account_id: str | None = None
    real: bool = True


class SmtpAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A mail server, and how mail is signed where it is."""

    host: str
    port: int
    tls: Tls = "starttls"
    user: str | None = None
    password: str | None = None
    from_address: str
    dkim_domain: str | None = None
    dkim_selector: str | None = None
    dkim_key_file: Path | None = None
    real: bool = True


class NamedSender(NamedTuple):
    """A number or an address, and which account of its kind carries it."""

    channel: Channel
    provider: str
    address: str
    account: int


def carrier(provider: str, account: int) -> str:
    """The name of what carries a sender's messages: an account of a provider."""
    return provider if account == 1 else f"{provider} {account}"


class ProviderAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """Every account there is, the address that callbacks come to, and who a demonstration may really write to.

    A second account of a kind stands in while the first fails.
    """

    public_url: str
    secret_key: str
    twilio: TwilioAccount | None = None
    whatsapp: WhatsAppAccount | None = None
    smtp: SmtpAccount | None = None
    twilio_2: TwilioAccount | None = None
    whatsapp_2: WhatsAppAccount | None = None
    smtp_2: SmtpAccount | None = None
    allow_recipients: frozenset[str] = frozenset()

    @property
    def twilios(self) -> list[tuple[int, TwilioAccount]]:
        """The accounts at Twilio, each with its number: 1, or 2 for the one that stands in."""
        return [(number, one) for number, one in enumerate((self.twilio, self.twilio_2), start=1) if one]

    @property
    def whatsapps(self) -> list[tuple[int, WhatsAppAccount]]:
        """The numbers at the Cloud API, likewise."""
        return [(number, one) for number, one in enumerate((self.whatsapp, self.whatsapp_2), start=1) if one]

    @property
    def smtps(self) -> list[tuple[int, SmtpAccount]]:
        """The mail servers, likewise."""
        return [(number, one) for number, one in enumerate((self.smtp, self.smtp_2), start=1) if one]

    @property
    def real(self) -> dict[str, bool]:
        """Whether each account leads to people rather than to a stand-in of the outside world, by its `carrier`."""
        by_twilio = {carrier("twilio", number): one.real for number, one in self.twilios}
        by_whatsapp = {carrier("whatsapp_cloud", number): one.real for number, one in self.whatsapps}
        return by_twilio | by_whatsapp | {carrier("smtp", number): one.real for number, one in self.smtps}

    def senders(self) -> list[NamedSender]:
        """The senders that these accounts come to."""
        made = [NamedSender(Channel.SMS, "twilio", one.sms_from, number) for number, one in self.twilios]
        made += [
            NamedSender(Channel.WHATSAPP, "whatsapp_cloud", one.phone_number_id, number)
            for number, one in self.whatsapps
        ]
        if not self.whatsapps:
            made += [
                NamedSender(Channel.WHATSAPP, "twilio", one.whatsapp_from, number)
                for number, one in self.twilios
                if one.whatsapp_from
            ]
        made += [NamedSender(Channel.EMAIL, "smtp", one.from_address, number) for number, one in self.smtps]
        return made


class ChannelSettings(Protocol):
    """What of the settings this room takes."""

    @property
    def public_url(self) -> str: ...
    @property
    def sandbox_url(self) -> str: ...
    @property
    def sandbox_smtp_port(self) -> int: ...
    @property
    def twilio_base_url(self) -> str | None: ...
    @property
    def twilio_account_sid(self) -> str | None: ...
    @property
    def twilio_auth_token(self) -> str | None: ...
    @property
    def twilio_sms_from(self) -> str | None: ...
    @property
    def twilio_whatsapp_from(self) -> str | None: ...
    @property
    def twilio_2_base_url(self) -> str | None: ...
    @property
    def twilio_2_account_sid(self) -> str | None: ...
    @property
    def twilio_2_auth_token(self) -> str | None: ...
    @property
    def twilio_2_sms_from(self) -> str | None: ...
    @property
    def twilio_2_whatsapp_from(self) -> str | None: ...
    @property
    def whatsapp_base_url(self) -> str | None: ...
    @property
    def whatsapp_token(self) -> str | None: ...
    @property
    def whatsapp_app_secret(self) -> str | None: ...
    @property
    def whatsapp_verify_token(self) -> str | None: ...
    @property
    def whatsapp_phone_number_id(self) -> str | None: ...
    @property
    def whatsapp_business_account_id(self) -> str | None: ...
    @property
    def whatsapp_2_base_url(self) -> str | None: ...
    @property
    def whatsapp_2_token(self) -> str | None: ...
    @property
    def whatsapp_2_app_secret(self) -> str | None: ...
    @property
    def whatsapp_2_verify_token(self) -> str | None: ...
    @property
    def whatsapp_2_phone_number_id(self) -> str | None: ...
    @property
    def whatsapp_2_business_account_id(self) -> str | None: ...
    @property
    def smtp_host(self) -> str | None: ...
    @property
    def smtp_port(self) -> int | None: ...
    @property
    def smtp_user(self) -> str | None: ...
    @property
    def smtp_password(self) -> str | None: ...
    @property
    def smtp_tls(self) -> Tls: ...
    @property
    def smtp_from(self) -> str | None: ...
    @property
    def smtp_2_host(self) -> str | None: ...
    @property
    def smtp_2_port(self) -> int | None: ...
    @property
    def smtp_2_user(self) -> str | None: ...
    @property
    def smtp_2_password(self) -> str | None: ...
    @property
    def smtp_2_tls(self) -> Tls: ...
    @property
    def smtp_2_from(self) -> str | None: ...
    @property
    def dkim_domain(self) -> str | None: ...
    @property
    def dkim_selector(self) -> str | None: ...
    @property
    def dkim_key_file(self) -> Path | None: ...
    @property
    def allow_recipients(self) -> tuple[str, ...]: ...


def provider_accounts(settings: ChannelSettings, *, secret_key: str) -> ProviderAccounts:
    """The accounts that settings come to; a channel without any has no account and sends nothing.

    An account is real unless it leads to the stand-in that the settings name.
    """
    stand_in = (urlsplit(settings.sandbox_url).hostname, settings.sandbox_smtp_port)
    dkim = {
        "dkim_domain": settings.dkim_domain,
        "dkim_selector": settings.dkim_selector,
        "dkim_key_file": settings.dkim_key_file,
    }
    return ProviderAccounts(
        public_url=settings.public_url.rstrip("/"),
        secret_key=secret_key,
        twilio=_twilio(
            settings.twilio_base_url,
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            settings.twilio_sms_from,
            settings.twilio_whatsapp_from,
            sandbox=settings.sandbox_url,
        ),
        twilio_2=_twilio(
            settings.twilio_2_base_url,
            settings.twilio_2_account_sid,
            settings.twilio_2_auth_token,
            settings.twilio_2_sms_from,
            settings.twilio_2_whatsapp_from,
            sandbox=settings.sandbox_url,
        ),
        whatsapp=_whatsapp(
            settings.whatsapp_base_url,
            settings.whatsapp_token,
            settings.whatsapp_app_secret,
            settings.whatsapp_verify_token,
            settings.whatsapp_phone_number_id,
            settings.whatsapp_business_account_id,
            sandbox=settings.sandbox_url,
        ),
        whatsapp_2=_whatsapp(
            settings.whatsapp_2_base_url,
            settings.whatsapp_2_token,
            settings.whatsapp_2_app_secret,
            settings.whatsapp_2_verify_token,
            settings.whatsapp_2_phone_number_id,
            settings.whatsapp_2_business_account_id,
            sandbox=settings.sandbox_url,
        ),
        smtp=_smtp(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_tls,
            settings.smtp_user,
            settings.smtp_password,
            settings.smtp_from,
            stand_in=stand_in,
            dkim=dkim,
        ),
        smtp_2=_smtp(
            settings.smtp_2_host,
            settings.smtp_2_port,
            settings.smtp_2_tls,
            settings.smtp_2_user,
            settings.smtp_2_password,
            settings.smtp_2_from,
            stand_in=stand_in,
            dkim=dkim,
        ),
        allow_recipients=frozenset(recipient.lower() for recipient in settings.allow_recipients),
    )


def _twilio(
    base_url: str | None,
    account_sid: str | None,
    auth_token: str | None,
    sms_from: str | None,
    whatsapp_from: str | None,
    *,
    sandbox: str,
) -> TwilioAccount | None:
    if not (account_sid and auth_token and sms_from):
        return None
    return TwilioAccount(
        base_url=base_url or "https://api.twilio.com",
        account_sid=account_sid,
        auth_token=auth_token,
        sms_from=sms_from,
        whatsapp_from=whatsapp_from,
        real=base_url != sandbox,
    )


def _whatsapp(
    base_url: str | None,
    token: str | None,
    app_secret: str | None,
    verify_token: str | None,
    phone_number_id: str | None,
    business_account_id: str | None,
    *,
    sandbox: str,
) -> WhatsAppAccount | None:
    if not (token and phone_number_id):
        return None
    return WhatsAppAccount(
        base_url=base_url or "https://graph.facebook.com",
        token=token,
        app_secret=app_secret or "",
        verify_token=verify_token or "",
        phone_number_id=phone_number_id,
        business_account_id=business_account_id,
        real=base_url != sandbox,
    )


def _smtp(
    host: str | None,
    port: int | None,
    tls: Tls,
    user: str | None,
    password: str | None,
    from_address: str | None,
    *,
    stand_in: tuple[str | None, int],
    dkim: Mapping[str, Any],
) -> SmtpAccount | None:
    if not (host and from_address):
        return None
    port = port or {"starttls": 587, "tls": 465, "none": 25}[tls]
    return SmtpAccount(
        host=host,
        port=port,
        tls=tls,
        user=user,
        password=password,
        from_address=from_address,
        real=(host.strip("[]"), port) != stand_in,
        **dkim,
    )
