"""What the desk has written down over the last days: tags, notes, custom fields and tasks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bedside.demo.small import SmallWorld
from bedside.event_log import SYSTEM
from bedside.follow_ups import (
    NewCustomField,
    NewNote,
    add_custom_field,
    add_note,
    install_subjects,
    open_task,
    set_custom_values,
    tag,
)
from bedside.kit.database import Tx
from bedside.patients import Patient
from bedside.reactions import SUBJECTS

_TAGS = ["VIP", "Interpreter needed", "Diabetes programme", "Wheelchair", "New patient", "Research consent"]
_NOTES = [
    "Prefers to be called in the afternoon.",
    "Daughter drives her; please offer times after 14:00.",
    "Asked twice about the invoice of last month; finance has it.",
    "Very anxious before procedures: take time to explain.",
    "Has moved; new address confirmed on the phone.",
    "Wants copies of results sent to the family doctor.",
]
# title, whose, priority, due in so many hours, opened so many minutes ago
_TASKS: list[tuple[str, str, str, int, int]] = [
    ("Call about the missed visit", "front_desk", "normal", -20, 26 * 60),
    ("Send the directions and the parking permit", "front_desk", "normal", 4, 19),
    ("Check the insurance card that expired", "front_desk", "normal", 26, 7 * 60),
    ("Call back: asks whether the test needs fasting", "clinician", "urgent", 1, 52),
    ("Review the echo before the next visit", "clinician", "normal", 48, 28 * 60),
    ("Confirm the interpreter for Thursday", "front_desk", "urgent", 6, 3 * 60),
    ("Ask for the referral letter", "front_desk", "normal", 72, 2 * 24 * 60),
    ("Two records look like the same person", "front_desk", "normal", -3, 3 * 24 * 60),
]


@dataclass(frozen=True)
class Deed:
    """Something done at a time: `do` is given the transaction as of then."""

    at: datetime
    do: Callable[[Tx], Awaitable[Any]]


async def some_follow_ups(tx: Tx, random: Random, world: SmallWorld, everybody: list[Patient]) -> list[Deed]:
    """Adds the custom fields, and gives what was done since, to be done among everything else that happened."""
    install_subjects(SUBJECTS)
    frida, clara, ada = world.user(world.frida), world.user(world.clara), world.user(world.ada)
    at_bellevue = [one for one in everybody if one.hospital_id == world.bellevue.id]
    deeds: list[Deed] = []

    def did(what: Callable[..., Awaitable[Any]], *, minutes_ago: int, **facts: Any) -> None:
        deeds.append(Deed(tx.now - timedelta(minutes=minutes_ago), lambda then: what(then, **facts)))

    def some_days_ago() -> int:
        return random.randint(6 * 60, 40 * 24 * 60)

    for name in _TAGS:
        for one in random.sample(at_bellevue, 9):
            did(tag, minutes_ago=some_days_ago(), subject="patient", subject_id=one.id, name=name, actor=frida)
    for key, label, type_, choices in (
        ("insurer", "Insurer", "choice", ["Medicare", "Aetna", "Cigna", "Self-paying"]),
        ("allergies", "Allergies", "text", []),
        ("advance_directive", "Advance directive on file", "boolean", []),
    ):
        new = NewCustomField(subject="patient", key=key, label=label, type=type_, choices=choices)  # type: ignore[arg-type]
        await add_custom_field(tx, new=new, actor=ada)
    for one in [world.maria, *random.sample(at_bellevue, 25)]:
        values: dict[str, Any] = {"insurer": random.choice(["Medicare", "Aetna", "Cigna", "Self-paying"])}
        if random.random() < 0.4:
            values["allergies"] = random.choice(["Penicillin", "Latex", "Peanuts"])
        did(
            set_custom_values, minutes_ago=some_days_ago(),
            subject="patient", subject_id=one.id, wanted=values, actor=frida,
        )  # fmt: skip
    for n, one in enumerate(
        [world.maria, *random.sample([one for one in at_bellevue if one.id != world.maria.id], 30)]
    ):
        note = NewNote(subject="patient", subject_id=one.id, body=random.choice(_NOTES), pinned=random.random() < 0.15)
        minutes_ago = 11 if n == 1 else 95 if n == 2 else some_days_ago()
        did(add_note, minutes_ago=minutes_ago, new=note, actor=random.choice([frida, clara]))
    about = [world.james, *random.sample(at_bellevue, len(_TASKS) - 1)]
    for n, (patient, (title, role, priority, hours, minutes_ago)) in enumerate(zip(about, _TASKS, strict=True)):
        did(
            open_task,
            minutes_ago=minutes_ago,
            title=title,
            patient_id=patient.id,
            hospital_id=world.bellevue.id,
            priority=priority,
            assigned_to=world.frida.id if n % 3 == 1 and role == "front_desk" else None,
            for_role=role,
            due_at=tx.now + timedelta(hours=hours),
            actor=frida if n % 2 else SYSTEM,
        )
    return deeds
