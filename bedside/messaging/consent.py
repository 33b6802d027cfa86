"""Whether and where somebody may be written to. Pure: what is known about them comes in, a decision goes out."""

from collections.abc import Iterable
from datetime import time
from typing import Protocol

import msgspec

from bedside.message_templates import Channel, Purpose

_NAMES = {Channel.SMS: "SMS", Channel.WHATSAPP: "WhatsApp", Channel.EMAIL: "email"}


class Recipient(msgspec.Struct, kw_only=True):
    """What is known about whom a message is for, read in one query. `consents` and `suppressed` are as stored."""

    sms: str | None = None
    whatsapp: str | None = None
    email: str | None = None
    language: str = "en"
    preferred_channel: Channel | None = None
    archived: bool = False
    zone: str = "UTC"
    quiet_from: time | None = None
    quiet_until: time | None = None
    # "sms marketing true": the newest word for a channel and purpose
    consents: list[str] = []
    # "sms +12125550142 0": channel, address and sender (0 is every sender)
    suppressed: list[str] = []
    # "sms 3": the sender that a channel's messages come from
    senders: list[str] = []

    def address(self, channel: Channel) -> str | None:
        """Where they are reached on a channel, if they are."""
        return {Channel.SMS: self.sms, Channel.WHATSAPP: self.whatsapp, Channel.EMAIL: self.email}[channel]

    def sender_id(self, channel: Channel) -> int | None:
        """The sender that a channel's messages come from."""
        return next((int(sender.split()[1]) for sender in self.senders if sender.split()[0] == channel), None)

    def said(self, channel: Channel, purpose: Purpose) -> bool | None:
        """Their newest word about a channel and purpose: yes, no, or none at all."""
        word = f"{channel} {purpose} "
        return next((given == f"{word}true" for given in self.consents if given.startswith(word)), None)


def refusal(to: Recipient, channel: Channel, purpose: Purpose, *, known_person: bool = True) -> str | None:
    """Why they may not be written to, in a sentence for staff; None where they may.

    Transactional messages need only that the channel is not refused; marketing needs their yes (RULES.md, Reminders 6).
    """
    name = _NAMES[channel]
    address = to.address(channel)
    if to.archived:
        return "The record is archived."
    if address is None:
        return f"No {'email address' if channel is Channel.EMAIL else f'phone number that takes {name}'} is known."
    if purpose is Purpose.MARKETING and (not known_person or to.said(channel, purpose) is not True):
        return f"No consent to news by {name} is on record."
    if to.said(channel, Purpose.TRANSACTIONAL) is False:
        return f"They asked not to be written to by {name}."
    if {f"{channel} {address} 0", f"{channel} {address} {to.sender_id(channel)}"} & set(to.suppressed):
        return f"They stopped messages by {name}, or the address does not take them."
    return None


def best_channel(to: Recipient, purpose: Purpose, *, known_person: bool = True) -> Channel | None:
    """The channel that they prefer, else SMS, WhatsApp, email: the first that nothing speaks against."""
    order = [*([to.preferred_channel] if to.preferred_channel else []), Channel.SMS, Channel.WHATSAPP, Channel.EMAIL]
    return next(
        (channel for channel in order if refusal(to, channel, purpose, known_person=known_person) is None), None
    )


class Reachable(Protocol):
    """What `patients.reachability` tells."""

    @property
    def phone(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def takes_sms(self) -> bool: ...
    @property
    def takes_whatsapp(self) -> bool: ...
    def refuses(self, channel: str, purpose: str, /) -> bool: ...


def pick_channels(
    reach: Reachable, wanted: Iterable[str], *, purpose: Purpose = Purpose.TRANSACTIONAL
) -> list[Channel]:
    """Which of the wanted channels reach somebody; email instead where they want phone channels and there is none."""
    possible = [
        channel
        for channel, there in (
            (Channel.SMS, bool(reach.phone) and reach.takes_sms),
            (Channel.WHATSAPP, bool(reach.phone) and reach.takes_whatsapp),
            (Channel.EMAIL, bool(reach.email)),
        )
        if there and not reach.refuses(channel, purpose)
    ]
    asked = [Channel(channel) for channel in wanted]
    picked = [channel for channel in asked if channel in possible]
    if not picked and not reach.phone and Channel.EMAIL in possible:
        picked = [Channel.EMAIL]
    return picked
