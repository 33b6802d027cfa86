"""The fixed demonstration accounts of the outside world, in one struct that both sides are handed.

None of these is a real credential, and every number is one reserved for fiction. The command line gives the same
struct to the sandbox and, as settings, to the product, so that out of the box they know each other.
"""

import msgspec


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

    # Where the product listens, below its own address.
    twilio_messages_path: str = "/webhooks/twilio/messages"
    whatsapp_path: str = "/webhooks/whatsapp"


DEMONSTRATION = SandboxAccounts()
