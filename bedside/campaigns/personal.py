"""What a campaign says to each person: its words or its template, filled in with what is known of them.

A text that would have a hole for somebody is found before anything leaves: people are put together by what is not known
of them, and the words are tried once for each such group, so that a million people cost one query.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
from babel.dates import format_date
from psycopg import sql

from bedside.campaigns import store_personal
from bedside.campaigns.model import Campaign, NoWords, WordsLack
from bedside.campaigns.rules import Whose
from bedside.campaigns.store_personal import Person
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.languages import locale_for
from bedside.message_templates import (
    Channel,
    MissingVariable,
    Purpose,
    ReadyTemplate,
    Rendered,
    TemplateFault,
    TemplateNotFound,
    Words,
    kits_for,
    ready_template,
    render_words,
    sample_variables,
    variables_named,
)

OF_THE_HOSPITAL = frozenset({"hospital.name", "hospital.phone", "hospital.address", "hospital.email"})
# every message has these links of its own
LINKS = frozenset({"links.book", "links.preferences", "links.unsubscribe"})
SHOWN = 20


class Saying(msgspec.Struct, frozen=True):
    """What a campaign says, ready to be filled in: a template, or words of its own."""

    whose: Whose
    template: ReadyTemplate | None
    subject: str
    message: str
    names: frozenset[str]
    hospital_id: int | None
    channels: tuple[Channel, ...]

    @property
    def personal(self) -> bool:
        """Whether there is anything to fill in."""
        return self.template is not None or "{" in self.message or "{" in self.subject

    @property
    def wanted(self) -> frozenset[str]:
        """What must be read of each person. A message of one hospital knows that hospital by itself; one of the whole
        group is signed with the hospital where each is at home."""
        return self.names - OF_THE_HOSPITAL if self.hospital_id else self.names | OF_THE_HOSPITAL

    def languages(self, channel: Channel) -> list[str]:
        """The languages in which it is written for a channel; its own words are in one, and nobody knows which."""
        return sorted(spoken for kind, spoken in self.template.versions if kind == channel) if self.template else ["en"]

    def fault_without(self, missing: frozenset[str]) -> str | None:
        """Why the words cannot be made for somebody of whom these variables are not known; None where they can."""
        for channel in self.channels:
            for language in self.languages(channel):
                try:
                    self.words_for(channel, language, _made_up((self.names - missing) | LINKS, language))
                except (MissingVariable, TemplateFault) as fault:
                    return fault.detail
        return None

    def words_for(self, channel: Channel, language: str, variables: Mapping[str, Any]) -> Rendered:
        """The words of one message. Raises MissingVariable or TemplateFault (422)."""
        if self.template is not None:
            return self.template.render(channel=channel, language=language, variables=dict(variables))
        words = Words(subject=self.subject if channel is Channel.EMAIL else None, body=self.message)
        return render_words(words, channel=channel, language=language, variables=dict(variables))


async def saying(tx: Tx, campaign: Campaign) -> Saying:
    """What a campaign says. Raises Invalid (422) for a template that is not there or is no news, a channel that it
    has no words for, or a variable that nobody has a value for."""
    subject, channels = campaign.subject or campaign.name, tuple(campaign.channels)
    if campaign.template_key is None:
        sources = [("/message", campaign.message), ("/subject", subject)]
        names = _names(sources, campaign.whose)
        return Saying(campaign.whose, None, subject, campaign.message, names, campaign.hospital_id, channels)
    try:
        template = await ready_template(tx, campaign.template_key)
    except TemplateNotFound as missing:
        raise Invalid(str(missing.detail), pointer="/templateKey", next_step="Choose one from the library.") from None
    if template.purpose is not Purpose.MARKETING:
        raise Invalid(
            "This template is not for news: those who said no to news would get it.",
            pointer="/templateKey",
            next_step="Choose one whose purpose is marketing.",
        )
    lacks = [str(channel) for channel in campaign.channels if not any(kind == channel for kind, _ in template.versions)]
    if lacks:
        raise Invalid(
            f"This template has no words for {' and '.join(lacks)}.",
            pointer="/templateKey",
            next_step="Write them in the library, or leave that channel out.",
        )
    sources = [
        ("/templateKey", text)
        for (channel, _), version in template.versions.items()
        if channel in campaign.channels
        for text in (version.subject, version.body, version.html, version.mjml, *version.whatsapp_variables)
        if text
    ]
    names = _names(sources, campaign.whose, carried={"body"})
    return Saying(campaign.whose, template, subject, "", names, campaign.hospital_id, channels)


def _names(sources: Iterable[tuple[str, str]], whose: Whose, carried: Iterable[str] = ()) -> frozenset[str]:
    known = store_personal.VARIABLES[whose]
    groups = {name.partition(".")[0] for name in (*known, *LINKS)}
    found: set[str] = set()
    for pointer, source in sources:
        try:
            named = variables_named(source)
        except TemplateFault as fault:
            raise TemplateFault(fault.detail, pointer=pointer, next_step=fault.next_step) from None
        for name in named:
            if name in known:
                found.add(name)
            elif name not in LINKS and name not in groups and name not in carried:
                raise Invalid(
                    f"There is no variable “{name[:80]}” in a campaign for {whose}.",
                    pointer=pointer,
                    next_step=f"Those there are: {', '.join(sorted((*known, *LINKS)))}.",
                )
    return frozenset(found)


async def without_words(
    tx: Tx, campaign: Campaign, *, named: sql.Composable, values: dict[str, object]
) -> list[NoWords]:
    """For whom of those who are named the words cannot be made, and why; the largest groups first."""
    said = await saying(tx, campaign)
    found: list[NoWords] = []
    if fault := said.fault_without(frozenset()):
        return [NoWords(people=0, names=[], missing=[], because=fault)]
    if not said.names:
        return []
    groups = await store_personal.lacking(
        tx, named=named, values=values, whose=campaign.whose, names=said.names,
        channels=[str(one) for one in campaign.channels], hospital_id=campaign.hospital_id,
    )  # fmt: skip
    for group in groups:
        if fault := said.fault_without(frozenset(group.missing)):
            found.append(NoWords(people=group.people, names=group.names, missing=group.missing, because=fault))
    return found[:SHOWN]


async def check_everybody_gets_words(
    tx: Tx, campaign: Campaign, *, named: sql.Composable, values: dict[str, object]
) -> None:
    """Raises WordsLack (422) where somebody would get a text with a hole in it."""
    found = await without_words(tx, campaign, named=named, values=values)
    if not found:
        return
    people = sum(one.people for one in found)
    whom = ", ".join(found[0].names)
    raise WordsLack(
        f"{' and '.join(found[0].missing)} would be a hole in the text for {people:,} of them, {whom} among them."
        if people
        else f"The words cannot be made. {found[0].because}",
        pointer="/message" if campaign.template_key is None else "/templateKey",
        next_step="Put the variable between {% if … %} and {% endif %}, or leave those people out.",
    )


class Example(msgspec.Struct):
    """How a campaign reads by one channel and in one language; `html` of a mail."""

    channel: Channel
    language: str
    subject: str | None
    body: str
    html: str | None


async def examples(tx: Tx, campaign: Campaign) -> list[Example]:
    """How a campaign reads by each channel, in each language that its template has, to a person as they might be. Empty
    where it cannot be made."""
    said = await saying(tx, campaign)
    look = await _look(tx, campaign)
    made: list[Example] = []
    for channel in said.channels:
        for language in said.languages(channel):
            known = _made_up(said.names | OF_THE_HOSPITAL | LINKS, language)
            try:
                made.append(_example(said, channel, language, known | look))
            except (MissingVariable, TemplateFault):
                return []
    return made


async def examples_for(
    tx: Tx, campaign: Campaign, *, person_id: int, language: str | None = None
) -> list[Example] | None:
    """How a campaign reads by each channel to one person, in their language or the one given; None for nobody whom we
    know. Their links are made up. Raises MissingVariable, NoVersion or TemplateFault (422) where it cannot be made."""
    said = await saying(tx, campaign)
    found = await store_personal.values(
        tx, whose=said.whose, ids=[person_id], names=said.names | OF_THE_HOSPITAL, hospital_id=said.hospital_id
    )
    if person_id not in found:
        return None
    person = found[person_id]
    person.language = language or person.language
    known = variables_of(person) | _made_up(LINKS, person.language) | await _look(tx, campaign, person_id)
    try:
        return [_example(said, channel, person.language, known) for channel in said.channels]
    except MissingVariable:
        if missing := sorted(said.names - names_in(variables_of(person))):
            raise MissingVariable(f"Not known of them: {', '.join(missing)}.") from None
        raise


async def _look(tx: Tx, campaign: Campaign, person_id: int | None = None) -> dict[str, Any]:
    """The kit that a campaign's mail is dressed in: the hospital's that sends it, else where a patient is at home."""
    hospitals = [campaign.hospital_id] if campaign.hospital_id else []
    at_home = [person_id] if person_id and not hospitals and campaign.whose == "patients" else []
    kits, homes = await kits_for(tx, hospital_ids=hospitals, patient_ids=at_home)
    found = [*kits.values(), *homes.values()]
    return {"brand": found[0]} if found else {}


def _example(said: Saying, channel: Channel, language: str, variables: Mapping[str, Any]) -> Example:
    words = said.words_for(channel, language, variables)
    return Example(channel, words.language, words.subject, words.body, words.html)


def example(said: Saying, channel: Channel, language: str) -> Rendered:
    """How it reads to somebody as they might be. Raises MissingVariable, NoVersion or TemplateFault (422)."""
    return said.words_for(channel, language, _made_up(said.names | OF_THE_HOSPITAL | LINKS, language))


def _made_up(names: Iterable[str], language: str) -> dict[str, Any]:
    """These variables of somebody as they might be, as templates take them."""
    sample = sample_variables(language)
    made: dict[str, Any] = {}
    for name in names:
        group, _, last = name.partition(".")
        made.setdefault(group, {})[last] = sample[group][last]
    return made


def variables_of(person: Person) -> dict[str, Any]:
    """What is known of a person as templates take it: dates in their language; what is not known is left out."""
    made: dict[str, Any] = {}
    for name, value in person.known.items():
        if value is None:
            continue
        group, _, last = name.partition(".")
        made.setdefault(group, {})[last] = _shown(name, value, person.language)
    return made


async def vaccine_due(tx: Tx, *, patient_id: int, language: str) -> dict[str, Any]:
    """For previews: what a campaign would say, in a language, of the vaccination that a patient lacks; nothing where
    they lack none."""
    names = ("patient.vaccine_due", "patient.vaccine_due_on")
    found = await store_personal.values(tx, whose="patients", ids=[patient_id], names=names, hospital_id=None)
    known = [msgspec.structs.replace(one, language=language) for one in found.values()]
    return variables_of(known[0]) if known else {}


def names_in(variables: Mapping[str, Any]) -> frozenset[str]:
    """The dotted names of variables."""
    return frozenset(f"{group}.{name}" for group, those in variables.items() for name in those)


def _shown(name: str, value: Any, language: str) -> Any:
    if name in store_personal.DATES:
        return format_date(date.fromisoformat(value), "long", locale=locale_for(language))
    return value
