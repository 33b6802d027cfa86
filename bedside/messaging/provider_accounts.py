"""The accounts at providers, as settings hand them down. Messaging reads no environment and knows no sandbox."""

from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

import msgspec

from bedside.message_templates import Channel


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
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = None
    from_address: str
    dkim_domain: str | None = None
    dkim_selector: str | None = None
    dkim_key_file: Path | None = None
    real: bool = True


class ProviderAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """Every account there is, the address that callbacks come to, and who a demonstration may really write to."""

    public_url: str
    secret_key: str
    twilio: TwilioAccount | None = None
    whatsapp: WhatsAppAccount | None = None
    smtp: SmtpAccount | None = None
    allow_recipients: frozenset[str] = frozenset()

    def senders(self) -> list[tuple[Channel, str, str]]:
        """The senders that these accounts come to: channel, provider, address."""
        made: list[tuple[Channel, str, str]] = []
        if self.twilio:
            made.append((Channel.SMS, "twilio", self.twilio.sms_from))
        if self.whatsapp:
            made.append((Channel.WHATSAPP, "whatsapp_cloud", self.whatsapp.phone_number_id))
        elif self.twilio and self.twilio.whatsapp_from:
            made.append((Channel.WHATSAPP, "twilio", self.twilio.whatsapp_from))
        if self.smtp:
            made.append((Channel.EMAIL, "smtp", self.smtp.from_address))
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
    def smtp_host(self) -> str | None: ...
    @property
    def smtp_port(self) -> int | None: ...
    @property
    def smtp_user(self) -> str | None: ...
    @property
    def smtp_password(self) -> str | None: ...
    @property
    def smtp_tls(self) -> Literal["starttls", "tls", "none"]: ...
    @property
    def smtp_from(self) -> str | None: ...
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
    twilio = whatsapp = smtp = None
    if settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_sms_from:
        twilio = TwilioAccount(
            base_url=settings.twilio_base_url or "https://api.twilio.com",
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token,
            sms_from=settings.twilio_sms_from,
            whatsapp_from=settings.twilio_whatsapp_from,
            real=settings.twilio_base_url != settings.sandbox_url,
        )
    if settings.whatsapp_token and settings.whatsapp_phone_number_id:
        whatsapp = WhatsAppAccount(
            base_url=settings.whatsapp_base_url or "https://graph.facebook.com",
            token=settings.whatsapp_token,
            app_secret=settings.whatsapp_app_secret or "",
            verify_token=settings.whatsapp_verify_token or "",
            phone_number_id=settings.whatsapp_phone_number_id,
            business_account_id=settings.whatsapp_business_account_id,
            real=settings.whatsapp_base_url != settings.sandbox_url,
        )
    if settings.smtp_host and settings.smtp_from:
        usual = {"starttls": 587, "tls": 465, "none": 25}[settings.smtp_tls]
        port = settings.smtp_port or usual
        stand_in = (urlsplit(settings.sandbox_url).hostname, settings.sandbox_smtp_port)
        smtp = SmtpAccount(
            host=settings.smtp_host,
            port=port,
            tls=settings.smtp_tls,
            user=settings.smtp_user,
            password=settings.smtp_password,
            from_address=settings.smtp_from,
            dkim_domain=settings.dkim_domain,
            dkim_selector=settings.dkim_selector,
            dkim_key_file=settings.dkim_key_file,
            real=(settings.smtp_host.strip("[]"), port) != stand_in,
        )
    return ProviderAccounts(
        public_url=settings.public_url.rstrip("/"),
        secret_key=secret_key,
        twilio=twilio,
        whatsapp=whatsapp,
        smtp=smtp,
        allow_recipients=frozenset(recipient.lower() for recipient in settings.allow_recipients),
    )
