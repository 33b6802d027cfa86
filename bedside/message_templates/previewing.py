"""Words as somebody would read them: with a made-up visit, payout and contract, or with a real patient's or owner's."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bedside.accounts import Permission, SignedIn
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid, NotFound
from bedside.message_templates import store
from bedside.message_templates.brand_words import facts_of
from bedside.message_templates.brands import kit_at
from bedside.message_templates.library import checked, ready_template, template
from bedside.message_templates.model import Channel, Rendered, Variables, Words
from bedside.message_templates.rendering import render_words
from bedside.message_templates.samples import sample_variables

# (tx, patient's id, language, hospitals or None for all) -> the variables of their next visit there, and of what
# else is known of them; none of what there is not
PatientsRecords = Callable[[Tx, int, str, list[int] | None], Awaitable[Mapping[str, Any]]]
# (tx, owner's id, language, who looks) -> the owner, their newest payout and contract, as far as that person sees them
OwnersRecords = Callable[[Tx, int, str, SignedIn], Awaitable[Mapping[str, Any]]]


async def _nothing_known(tx: Tx, patient_id: int, language: str, hospital_ids: list[int] | None) -> Mapping[str, Any]:
    return {}


async def _no_records(tx: Tx, owner_id: int, language: str, user: SignedIn) -> Mapping[str, Any]:
    return {}


_patients_records: PatientsRecords = _nothing_known
_owners_records: OwnersRecords = _no_records


def install_records(*, of_patient: PatientsRecords, of_owner: OwnersRecords) -> None:
    """Hands over who knows patients' visits, owners and their payouts. Called once, by app and worker: they lie above
    this room."""
    global _patients_records, _owners_records
    _patients_records, _owners_records = of_patient, of_owner


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
    owner_id: int | None = None,
    hospital_id: int | None = None,
) -> Rendered:
    """The words given (saved or not), else the template's newest, as the patient, the owner or somebody made up would
    read them; mail in the look of `hospital_id`, or of the first that `user` works at.

    Raises TemplateNotFound (404), MissingVariable, NoVersion, TemplateFault, Invalid (422).
    """
    found = await template(tx, template_id=template_id)
    if language is None:
        person = await store.patient_variables(tx, patient_id=patient_id) if patient_id is not None else None
        language = person.language if person else "en"
    spoken = language
    filled = await preview_variables(
        tx, language=spoken, patient_id=patient_id, owner_id=owner_id, variables=variables, user=user,
        hospital_id=hospital_id,
    )  # fmt: skip
    if words is not None:
        return render_words(
            checked(words, channel=channel), channel=channel, language=spoken, variables=filled, clinical=found.clinical
        )
    return (await ready_template(tx, found.key)).render(channel=channel, language=spoken, variables=filled)


async def preview_variables(
    tx: Tx,
    *,
    language: str,
    patient_id: int | None,
    variables: dict[str, Any],
    user: SignedIn,
    owner_id: int | None = None,
    hospital_id: int | None = None,
) -> dict[str, Any]:
    """A made-up visit, payout and contract in a language; with a patient, their name, next visit and the
    vaccination that they lack; with an owner,
    their name, newest payout and newest contract, each as far as there is one that `user` may see. `variables` go
    before all of it.

    Raises Invalid (422) for an owner whom `user` does not see."""
    filled: Variables = sample_variables(language)
    person = await store.patient_variables(tx, patient_id=patient_id) if patient_id is not None else None
    if person is not None:
        filled["patient"] = {"first_name": person.first_name, "last_name": person.last_name, "name": person.name}
        if person.hospital_name:
            filled["hospital"] = {**filled["hospital"], "name": person.hospital_name}
        sees_visits = user.may(Permission.APPOINTMENTS_READ)
        filled = _over(filled, await _patients_records(tx, person.id, language, user.hospitals) if sees_visits else {})
    if owner_id is not None:
        try:
            filled = _over(filled, await _owners_records(tx, owner_id, language, user))
        except NotFound:
            raise Invalid("There is no such owner.", pointer="/ownerId") from None
    at = person.hospital_id if person is not None and person.hospital_id is not None else hospital_id
    if at is None:
        at = next((one.id for one in await hospitals(tx, ids=user.hospitals)), None)
    return {**filled, "brand": facts_of(await kit_at(tx, at)), **variables}


def _over(made_up: Variables, known: Mapping[str, Any]) -> Variables:
    """What is known in the place of what was made up; of a group, what is not known stays made up."""
    filled = dict(made_up)
    for name, value in known.items():
        before = filled.get(name)
        filled[name] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    return filled
