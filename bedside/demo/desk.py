"""What the desk has written down: tags, notes, custom fields and tasks, so that no page looks empty."""

from datetime import timedelta
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
_TASKS: list[tuple[str, str, str, int]] = [
    ("Call about the missed visit", "front_desk", "normal", -20),
    ("Send the directions and the parking permit", "front_desk", "normal", 4),
    ("Check the insurance card that expired", "front_desk", "normal", 26),
    ("Call back: asks whether the test needs fasting", "clinician", "urgent", 1),
    ("Review the echo before the next visit", "clinician", "normal", 48),
    ("Confirm the interpreter for Thursday", "front_desk", "urgent", 6),
    ("Ask for the referral letter", "front_desk", "normal", 72),
    ("Two records look like the same person", "front_desk", "normal", -3),
]


async def some_follow_ups(tx: Tx, random: Random, world: SmallWorld, everybody: list[Patient]) -> None:
    """Writes them, dated now."""
    install_subjects(SUBJECTS)
    frida, clara, ada = world.user(world.frida), world.user(world.clara), world.user(world.ada)
    at_bellevue = [one for one in everybody if one.hospital_id == world.bellevue.id]
    for name in _TAGS:
        for one in random.sample(at_bellevue, 9):
            await tag(tx, subject="patient", subject_id=one.id, name=name, actor=frida)
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
        await set_custom_values(tx, subject="patient", subject_id=one.id, wanted=values, actor=frida)
    for one in [world.maria, *random.sample(at_bellevue, 30)]:
        note = NewNote(subject="patient", subject_id=one.id, body=random.choice(_NOTES), pinned=random.random() < 0.15)
        await add_note(tx, new=note, actor=random.choice([frida, clara]))
    for n, (title, role, priority, hours) in enumerate(_TASKS):
        patient = world.james if n == 0 else random.choice(at_bellevue)
        await open_task(
            tx,
            title=title,
            subject="patient",
            subject_id=patient.id,
            hospital_id=world.bellevue.id,
            priority="urgent" if priority == "urgent" else "normal",
            assigned_to=world.frida.id if n % 3 == 1 and role == "front_desk" else None,
            for_role=role,
            due_at=tx.now + timedelta(hours=hours),
            actor=frida if n % 2 else SYSTEM,
        )
