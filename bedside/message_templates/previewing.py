"""Words as somebody would read them: with a made-up visit, or with a real person and their next one."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bedside.accounts import Permission, SignedIn
from bedside.kit.database import Tx
from bedside.message_templates import store
from bedside.message_templates.library import checked, ready_template, template
from bedside.message_templates.model import Channel, Rendered, Variables, Words
from bedside.message_templates.rendering import render_words
from bedside.message_templates.samples import sample_variables

# (tx, patient's id, language, hospitals or None for all) -> the variables of their next visit there; none where they
# have none ahead
NextVisit = Callable[[Tx, int, str, list[int] | None], Awaitable[Mapping[str, Any]]]


async def _no_visit(tx: Tx, patient_id: int, language: str, hospital_ids: list[int] | None) -> Mapping[str, Any]:
    return {}


_next_visit: NextVisit = _no_visit


def install_next_visit(loader: NextVisit) -> None:
    """Hands over who knows visits. Called once, by app and worker: they lie above this room."""
    global _next_visit
    _next_visit = loader


async def preview(
    tx: Tx,
    *,
    template_id: int,
    channel: Channel,
    language: str | None,
    words: Words | None,
    patient_id: int | None,
    variables: dict[str, Any],
    user: SignedIn,
) -> Rendered:
    """The words given (saved or not), else the template's newest, as `patient_id` or somebody made up would read them.

    Raises TemplateNotFound (404), MissingVariable, NoVersion, TemplateFault, Invalid (422).
    """
    found = await template(tx, template_id=template_id)
    if language is None:
        person = await store.patient_variables(tx, patient_id=patient_id) if patient_id is not None else None
        language = person.language if person else "en"
    spoken = language
    filled = await preview_variables(tx, language=spoken, patient_id=patient_id, variables=variables, user=user)
    if words is not None:
        return render_words(
            checked(words, channel=channel), channel=channel, language=spoken, variables=filled, clinical=found.clinical
        )
    return (await ready_template(tx, found.key)).render(channel=channel, language=spoken, variables=filled)


async def preview_variables(
    tx: Tx, *, language: str, patient_id: int | None, variables: dict[str, Any], user: SignedIn
) -> dict[str, Any]:
    """A made-up visit in a language; with a patient, their name and next visit, as far as there is one that `user` may
    see. `variables` go before both."""
    filled: Variables = sample_variables(language)
    person = await store.patient_variables(tx, patient_id=patient_id) if patient_id is not None else None
    if person is not None:
        filled["patient"] = {"first_name": person.first_name, "last_name": person.last_name, "name": person.name}
        if person.hospital_name:
            filled["hospital"] = {**filled["hospital"], "name": person.hospital_name}
        sees_visits = user.may(Permission.APPOINTMENTS_READ)
        visit = await _next_visit(tx, person.id, language, user.hospitals) if sees_visits else {}
        for name, known in visit.items():
            made_up = filled.get(name)
            filled[name] = {**made_up, **known} if isinstance(made_up, dict) and isinstance(known, dict) else known
    return {**filled, **variables}
