"""How much a channel takes in one message (WIRE.md): Twilio 1,600 characters, WhatsApp Cloud 4,096, and as news, which
travels in an approved template outside its window, what is left beside the template's own words."""

from bedside.kit.http.problems import Invalid
from bedside.message_templates import Channel

LONGEST = {Channel.SMS: 1_600, Channel.WHATSAPP: 4_096, Channel.EMAIL: 100_000}  # characters
LONGEST_NEWS = {**LONGEST, Channel.WHATSAPP: 1_000, Channel.EMAIL: 5_000}
LONGEST_ABOVE_BUTTONS = 1_024  # by WhatsApp
_NAMES = {Channel.SMS: "An SMS", Channel.WHATSAPP: "A WhatsApp message", Channel.EMAIL: "An email"}


def check_length(channel: Channel, body: str, *, pointer: str, news: bool = False) -> None:
    """Raises Invalid (422) where the channel would cut the words off, or refuse them. `news`: those of a campaign."""
    channel = Channel(channel)
    if (length := len(body)) > (longest := (LONGEST_NEWS if news else LONGEST)[channel]):
        raise Invalid(
            f"{_NAMES[channel]} takes at most {longest:,} characters, and this has {length:,}.",
            pointer=pointer,
            next_step="Shorten it, or send it by email.",
        )
