"""Which tasks somebody sees: those of their hospitals and of none; without `follow_ups:read` of these only what is for
their role, is about no patient, and about nothing that is not theirs to see."""

from typing import Any

from bedside.accounts import Permission, SignedIn
from bedside.follow_ups.model import Task
from bedside.follow_ups.subjects import subjects


def sees_all(user: SignedIn) -> bool:
    """Whether whose role a task is for, and whom it is about, do not matter."""
    return user.may(Permission.FOLLOW_UPS_READ)


def sees(user: SignedIn, task: Task) -> bool:
    """Whether a task is theirs to see."""
    if not user.works_at(task.hospital_id):
        return False
    if sees_all(user):
        return True
    about_nothing_else = task.subject is None or task.subject in _kinds(user)
    return task.for_role == user.role and task.patient_id is None and about_nothing_else


def narrowing(user: SignedIn) -> dict[str, Any]:
    """The same as filters of the list, but for the hospitals; None leaves a filter out."""
    return {"role_only": None, "about": None} if sees_all(user) else {"role_only": user.role, "about": _kinds(user)}


def _kinds(user: SignedIn) -> list[str]:
    return sorted(noun for noun, kind in subjects().items() if noun != "patient" and user.may(kind.seen_with))
