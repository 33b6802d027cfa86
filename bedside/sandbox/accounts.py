"""The fixed demonstration accounts of the outside world, in one struct that both sides are handed.

None of these is a real credential, and every number is one reserved for fiction. The command line gives the same
struct to the sandbox and, as settings, to the product, so that out of the box they know each other.
"""

import msgspec

NTH = ("first", "second")


class TwilioHolder(msgspec.Struct, frozen=True, kw_only=True):
    """An account at Twilio: its credentials, and the senders that belong to it (E.164)."""

    account_sid: str
    auth_token: str
    messaging_service_sid: str
    numbers: tuple[str, ...]
    whatsapp_number: str


class WhatsAppHolder(msgspec.Struct, frozen=True, kw_only=True):
    """A number at the Cloud API, and the secrets around it."""

    phone_number_id: str
    number: str
    access_token: str
    app_secret: str


class SandboxAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """What a hospital would have been given by its providers when it opened its accounts."""

    # Twilio: the account, and the senders that belong to it (E.164). The first number is the one people see by default.
    twilio_account_sid: str = "ACbed51de0000000000000000000000001"
    twilio_auth_token: str = "demonstration-twilio-token"  # noqa: S105 - a demonstration value, not a secret
    twilio_api_key: str = "SKbed51de0000000000000000000000001"
    twilio_api_secret: str = "demonstration-twilio-api-secret"  # noqa: S105
    twilio_messaging_service_sid: str = "MGbed51de0000000000000000000000001"
    twilio_numbers: tuple[str, ...] = ("+12125550199", "+14155550199")
    twilio_whatsapp_number: str = "+12125550197"

    # WhatsApp Cloud API: the business account, its one number, and the three secrets around it.
    whatsapp_business_account_id: str = "200000000000001"
    whatsapp_phone_number_id: str = "100000000000001"
    whatsapp_number: str = "+12125550198"
    whatsapp_access_token: str = "demonstration-whatsapp-token"  # noqa: S105
    whatsapp_app_secret: str = "demonstration-whatsapp-app-secret"  # noqa: S105
    whatsapp_verify_token: str = "demonstration-whatsapp-verify-token"  # noqa: S105

    # Mail: a sign-in is accepted, and not asked for.
    smtp_username: str = "bedside"
    smtp_password: str = "demonstration-smtp-password"  # noqa: S105

    # A second account of each kind, to stand in while the first fails.
    second_twilio: TwilioHolder = TwilioHolder(
        account_sid="ACbed51de0000000000000000000000002",
        auth_token="demonstration-second-twilio-token",  # noqa: S106
        messaging_service_sid="MGbed51de0000000000000000000000002",
        numbers=("+12125550196",),
        whatsapp_number="+12125550195",
    )
    second_whatsapp: WhatsAppHolder = WhatsAppHolder(
        phone_number_id="100000000000002",
        number="+12125550194",
        access_token="demonstration-second-whatsapp-token",  # noqa: S106
        app_secret="demonstration-second-whatsapp-app-secret",  # noqa: S106
    )
    second_smtp_username: str = "bedside-2"
    second_smtp_password: str = "demonstration-second-smtp-password"  # noqa: S105

    # Where the product listens, below its own address.
    twilio_messages_path: str = "/webhooks/twilio/messages"
    whatsapp_path: str = "/webhooks/whatsapp"

    @property
    def by_name(self) -> dict[str, str]:
        """Every account that the hospital sends by, under what people call it: what a fault may be meant for."""
        kinds = {
            "Twilio": [one.account_sid for one in self.twilios],
            "WhatsApp": [one.phone_number_id for one in self.whatsapps],
            "Mail server": [self.smtp_username, self.second_smtp_username],
        }
        return {
            f"{kind}, {nth} account": one for kind, both in kinds.items() for nth, one in zip(NTH, both, strict=True)
        }

    @property
    def twilios(self) -> tuple[TwilioHolder, TwilioHolder]:
        """Both accounts at Twilio."""
        first = TwilioHolder(
            account_sid=self.twilio_account_sid,
            auth_token=self.twilio_auth_token,
            messaging_service_sid=self.twilio_messaging_service_sid,
            numbers=self.twilio_numbers,
            whatsapp_number=self.twilio_whatsapp_number,
        )
        return first, self.second_twilio

    @property
    def whatsapps(self) -> tuple[WhatsAppHolder, WhatsAppHolder]:
        """Both numbers at the Cloud API."""
        first = WhatsAppHolder(
            phone_number_id=self.whatsapp_phone_number_id,
            number=self.whatsapp_number,
            access_token=self.whatsapp_access_token,
            app_secret=self.whatsapp_app_secret,
        )
        return first, self.second_whatsapp

    def twilio_of(self, number: str) -> TwilioHolder:
        """The account that a number of the hospital's belongs to."""
        return next((one for one in self.twilios if number in (*one.numbers, one.whatsapp_number)), self.twilios[0])

    def whatsapp_of(self, number: str) -> WhatsAppHolder:
        """The same at the Cloud API."""
        return next((one for one in self.whatsapps if number == one.number), self.whatsapps[0])


DEMONSTRATION = SandboxAccounts()
