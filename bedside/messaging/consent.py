"""Whether, where and when somebody may be written to. Pure: what is known about them comes in, a decision goes out.

`judge` is the only place where that is decided: the queue's door and the explanation before sending both ask it.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Literal, Protocol

import msgspec
import phonenumbers

from bedside.kit.email_address import parse_email
from bedside.kit.http.problems import Invalid
from bedside.kit.phone import parse_phone, show_phone
from bedside.kit.public_holidays import public_holidays
from bedside.kit.wire import Wire
from bedside.message_templates import Channel, Purpose
from bedside.messaging.frequency import NEWS_PER_DAY, NEWS_PER_WEEK, too_often
from bedside.messaging.quiet_hours import after_quiet_hours

NAMES = {Channel.SMS: "SMS", Channel.WHATSAPP: "WhatsApp", Channel.EMAIL: "email"}
ORDER = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)
REASONS = {
    "opt_out": "They stopped {what} by {name}.",
    "bounce": "Messages to this address came back.",
    "complaint": "They reported our mail as unwanted.",
    "provider": "The address does not take {name}.",
    "staff": "Staff stopped {what} to this address.",
}
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


class Word(msgspec.Struct, frozen=True):
    """What somebody said about a channel and purpose: `sms marketing true 1772373600 told staff` in a query."""

    granted: bool
    at: datetime | None
    how: str

    @classmethod
    def read(cls, text: str) -> "Word":
        """From its text; time and manner may be missing."""
        _, _, granted, *rest = text.split(" ", 4)
        return cls(granted == "true", _instant(rest), rest[1] if len(rest) > 1 else "")


class Stop(msgspec.Struct, frozen=True):
    """A suppression in force: `sms +12125550142 3 all opt_out 1772373600 wrote STOP`, as a query gives it."""

    channel: str
    address: str
    sender_id: int
    purpose: str
    reason: str
    at: datetime | None
    source: str

    @classmethod
    def read(cls, text: str) -> "Stop":
        """From its text; what comes after the sender may be missing."""
        channel, address, sender, *rest = text.split(" ", 6)
        given = [*rest, "", "", "", ""]
        return cls(
            channel, address, int(sender), given[0] or "all", given[1] or "opt_out", _instant(given[2:3]), given[3]
        )

    def holds(self, channel: Channel, address: str, sender_id: int | None, purpose: Purpose) -> bool:
        """Whether it speaks against a message."""
        return (
            self.channel == channel
            and self.address == address
            and self.sender_id in (0, sender_id)
            and self.purpose in ("all", purpose)
        )


def _instant(text: list[str]) -> datetime | None:
    return datetime.fromtimestamp(int(text[0]), UTC) if text and text[0].isdigit() else None


class Recipient(msgspec.Struct, kw_only=True):
    """What is known about whom a message is for, read in one query; `consents` and the like as stored."""

    sms: str | None = None
    whatsapp: str | None = None
    email: str | None = None
    # their phone, whatever it takes: what is known not to take SMS is a landline
    phone: str | None = None
    language: str = "en"
    preferred_channel: Channel | None = None
    archived: bool = False
    zone: str = "UTC"
    quiet_from: time | None = None
    quiet_until: time | None = None
    country: str | None = None
    subdivision: str | None = None
    # what a hospital does on public holidays; None: nothing
    holidays: str | None = None
    news_per_day: int | None = None
    news_per_week: int | None = None
    # the newest word for a channel and purpose: `Word`
    consents: list[str] = []
    # what is in force: `Stop`
    suppressed: list[str] = []
    # "sms 3": the sender that a channel's messages come from
    senders: list[str] = []

    def address(self, channel: Channel) -> str | None:
        """Where they are reached on a channel, if they are."""
        return {Channel.SMS: self.sms, Channel.WHATSAPP: self.whatsapp, Channel.EMAIL: self.email}[channel]

    def sender_id(self, channel: Channel) -> int | None:
        """The sender that a channel's messages come from."""
        return next((int(sender.split()[1]) for sender in self.senders if sender.split()[0] == channel), None)

    def word(self, channel: Channel, purpose: Purpose) -> Word | None:
        """Their newest word about a channel and purpose."""
        beginning = f"{channel} {purpose} "
        return next((Word.read(given) for given in self.consents if given.startswith(beginning)), None)

    def stop(self, channel: Channel, purpose: Purpose) -> Stop | None:
        """What stops messages of a purpose on a channel."""
        address = self.address(channel)
        stops = [Stop.read(one) for one in self.suppressed]
        mine = (one for one in stops if address and one.holds(channel, address, self.sender_id(channel), purpose))
        return next(mine, None)

    def is_quiet_day(self, day: date, purpose: Purpose) -> bool:
        """Whether messages of a purpose rest on a day."""
        if not self.country or self.holidays not in ("no_news", "quiet"):
            return False
        if self.holidays == "no_news" and purpose is not Purpose.MARKETING:
            return False
        return day in public_holidays(self.country, self.subdivision, day.year)


class Check(Wire, kw_only=True):
    """One thing that was looked at, and what came of it. `source` says where that stands, `at` since when."""

    check: str
    outcome: Literal["passes", "refuses", "delays", "notes"]
    words: str
    source: str = ""
    at: datetime | None = None


class Decision(msgspec.Struct, kw_only=True):
    """What comes of everything that speaks for and against a message: when it goes, or why it does not."""

    channel: Channel | None
    checks: list[Check]
    at: datetime

    @property
    def refused_because(self) -> str | None:
        """The first thing that speaks against it, in a sentence for staff."""
        return next((one.words for one in self.checks if one.outcome == "refuses"), None)


def checks(to: Recipient, channel: Channel, purpose: Purpose, *, known_person: bool = True) -> list[Check]:
    """Everything that does not hang on the time, in order. Transactional messages need only that the channel is not
    refused; marketing needs their yes (RULES.md, Reminders 6)."""
    what = "news" if purpose is Purpose.MARKETING else "messages"
    made = [_of_record(to), _of_address(to, channel, known_person=known_person)]
    if purpose is Purpose.MARKETING:
        made.append(_of_yes(to, channel, known_person=known_person))
    no = to.word(channel, Purpose.TRANSACTIONAL)
    if no is not None and not no.granted:
        words = f"They asked not to be written to by {NAMES[channel]}."
        made.append(Check(check="refusal", outcome="refuses", words=words, source=no.how, at=no.at))
    else:
        made.append(Check(check="refusal", outcome="passes", words=f"They have not refused {NAMES[channel]}."))
    stop = to.stop(channel, purpose)
    if stop is not None:
        stopped = "news" if stop.purpose != "all" else "messages"
        words = REASONS[stop.reason].format(what=stopped, name=NAMES[channel])
        made.append(Check(check="suppression", outcome="refuses", words=words, source=stop.source, at=stop.at))
    else:
        made.append(Check(check="suppression", outcome="passes", words=f"Nothing stops {what} to this address."))
    return made


def _of_record(to: Recipient) -> Check:
    if to.archived:
        return Check(check="record", outcome="refuses", words="The record is archived.")
    return Check(check="record", outcome="passes", words="The record is in use.")


def _of_address(to: Recipient, channel: Channel, *, known_person: bool) -> Check:
    address = to.address(channel)
    if address is None and channel is not Channel.EMAIL and to.phone:
        words = f"{show_phone(to.phone)} does not take {NAMES[channel]}"
        words += ": it is a landline." if channel is Channel.SMS else "."
        return Check(check="address", outcome="refuses", words=words, source="their contact details")
    if address is None:
        what = "email address" if channel is Channel.EMAIL else f"phone number that takes {NAMES[channel]}"
        return Check(check="address", outcome="refuses", words=f"No {what} is known.")
    if why := _impossible(address, channel, known_person=known_person):
        return Check(check="address", outcome="refuses", words=why)
    shown = address if channel is Channel.EMAIL else show_phone(address)
    return Check(check="address", outcome="passes", words=f"It goes to {shown}.")


def _impossible(address: str, channel: Channel, *, known_person: bool) -> str | None:
    """What kept records hold was read as an address when it was entered; what is given by itself is read now."""
    shape = _MAIL if channel is Channel.EMAIL else _E164
    if not shape.fullmatch(address):
        return f"“{address[:60]}” cannot be {'an email address' if channel is Channel.EMAIL else 'a phone number'}."
    if known_person:
        return None
    try:
        if channel is Channel.EMAIL:
            parse_email(address)
            return None
        parse_phone(address)
    except Invalid as problem:
        return problem.detail
    kind = phonenumbers.number_type(phonenumbers.parse(address))
    if channel is Channel.SMS and kind is phonenumbers.PhoneNumberType.FIXED_LINE:
        return f"{show_phone(address)} does not take SMS: it is a landline."
    return None


def _of_yes(to: Recipient, channel: Channel, *, known_person: bool) -> Check:
    yes = to.word(channel, Purpose.MARKETING) if known_person else None
    if yes is None or not yes.granted:
        words = f"No consent to news by {NAMES[channel]} is on record."
        if yes is not None:
            words = f"They said no to news by {NAMES[channel]}."
        return Check(
            check="consent", outcome="refuses", words=words, source=yes.how if yes else "", at=yes.at if yes else None
        )
    words = f"They agreed to news by {NAMES[channel]}."
    return Check(check="consent", outcome="passes", words=words, source=yes.how, at=yes.at)


def refusal(to: Recipient, channel: Channel, purpose: Purpose, *, known_person: bool = True) -> str | None:
    """Why they may not be written to, in a sentence for staff; None where, at some time, they may."""
    made = checks(to, channel, purpose, known_person=known_person)
    return next((one.words for one in made if one.outcome == "refuses"), None)


def best_channel(to: Recipient, purpose: Purpose, *, known_person: bool = True) -> Channel | None:
    """The channel that they prefer, else SMS, WhatsApp, email: the first that nothing speaks against."""
    order = [*([to.preferred_channel] if to.preferred_channel else []), *ORDER]
    return next(
        (channel for channel in order if refusal(to, channel, purpose, known_person=known_person) is None), None
    )


def goes_at(to: Recipient, purpose: Purpose, *, wanted: datetime, urgent: bool) -> datetime:
    """When it may go out: quiet hours and days delay everything but urgent transactional messages."""
    if urgent and purpose is Purpose.TRANSACTIONAL:
        return wanted
    return after_quiet_hours(
        wanted,
        zone=to.zone,
        quiet_from=to.quiet_from,
        quiet_until=to.quiet_until,
        is_quiet_day=lambda day: to.is_quiet_day(day, purpose),
    )


def judge(
    to: Recipient,
    channel: Channel | None,
    purpose: Purpose,
    *,
    known_person: bool,
    urgent: bool,
    wanted: datetime,
    news: Iterable[datetime] = (),
) -> Decision:
    """Everything that speaks for and against a message, in order. `channel` None: none reaches them. `news`: when they
    got, or are to get, other news."""
    at = goes_at(to, purpose, wanted=wanted, urgent=urgent)
    if channel is None:
        made = []
        for one in ORDER:
            made += [c for c in checks(to, one, purpose, known_person=known_person) if c.outcome == "refuses"]
        words = "No channel reaches them that they have not refused."
        return Decision(channel=None, checks=[Check(check="channel", outcome="refuses", words=words), *made], at=at)
    made = checks(to, channel, purpose, known_person=known_person)
    if to.sender_id(channel) is None:
        words = f"Nothing sends {NAMES[channel]} yet: it waits until a sender is set up."
        made.append(Check(check="sender", outcome="notes", words=words, source="the settings of channels"))
    if at > wanted:
        words = "It waits for the end of quiet hours, or of a public holiday, where they are."
        made.append(Check(check="quiet_hours", outcome="delays", words=words, source="the hospital's settings", at=at))
    elif urgent and purpose is Purpose.TRANSACTIONAL:
        made.append(Check(check="quiet_hours", outcome="passes", words="It answers them, so quiet hours let it pass."))
    else:
        made.append(Check(check="quiet_hours", outcome="passes", words="No quiet hours or days are in its way."))
    if purpose is Purpose.MARKETING:
        per_day, per_week = to.news_per_day or NEWS_PER_DAY, to.news_per_week or NEWS_PER_WEEK
        often = too_often(news, at, per_day=per_day, per_week=per_week)
        if often:
            made.append(Check(check="frequency", outcome="refuses", words=often, source="the hospital's settings"))
        else:
            words = f"It is not more than {per_day} a day and {per_week} a week."
            made.append(Check(check="frequency", outcome="passes", words=words))
    return Decision(channel=channel, checks=made, at=at)


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
