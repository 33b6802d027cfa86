"""What visits are rated by besides as a whole: categories, which the hospitals of the group share."""

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.event_log import record
from bedside.feedback import store
from bedside.feedback import store_categories as store_changes
from bedside.feedback.events import FeedbackSettingsChanged
from bedside.feedback.model import Category, CategoryChanges, CategoryTaken, NewCategory, NoSuchCategory
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.kit.text import one_line
from bedside.kit.wire import given


async def categories(tx: Tx, *, archived: bool = False) -> list[Category]:
    """The categories in order; those put away too where asked for."""
    return await store.categories(tx, archived=archived)


async def add_category(tx: Tx, *, new: NewCategory, actor: SignedIn) -> Category:
    """Adds one, which comes last. Raises CategoryTaken (409), Invalid (422) without English, Forbidden (403)."""
    _check_everywhere(actor)
    made = await store_changes.insert(tx, code=new.code, labels=_checked(new.labels))
    if made is None:
        raise CategoryTaken(f"There is a category “{new.code}”.", next_step="Bring it back, or use another code.")
    return await _told(tx, made, before=None, actor=actor)


async def change_category(
    tx: Tx, *, category_id: int, changes: CategoryChanges, actor: SignedIn, expected_version: int | None = None
) -> Category:
    """Changes what is named: its names, its place among the others, or whether it is asked for. Old feedback keeps it.

    Raises NoSuchCategory (404), Changed (412), Invalid (422), Forbidden (403).
    """
    _check_everywhere(actor)
    every = await store_changes.lock_all(tx)
    before = next((one for one in every if one.id == category_id), None)
    if before is None:
        raise NoSuchCategory("There is no such category.", next_step="Look at the list of categories.")
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    wanted = msgspec.structs.replace(before)
    if "labels" in sent:
        wanted.labels = _checked(sent["labels"])
    if "archived" in sent:
        wanted.archived_at = (before.archived_at or tx.now) if sent["archived"] else None
    after = await store_changes.update(tx, wanted)
    if "position" in sent:
        others = [one.id for one in every if one.id != category_id]
        others.insert(sent["position"] - 1, category_id)
        await store_changes.put_in_order(tx, ids=others)
        after.position = others.index(category_id) + 1
    return await _told(tx, after, before=before, actor=actor)


async def _told(tx: Tx, after: Category, *, before: Category | None, actor: SignedIn) -> Category:
    action = "feedback_category.changed" if before else "feedback_category.added"
    await audit(
        tx, actor=actor, action=action, subject="feedback_category", subject_id=after.id, before=before, after=after
    )
    await record(tx, FeedbackSettingsChanged(feedback_settings_id=after.id, what="categories"), actor=actor)
    return after


def _check_everywhere(actor: SignedIn) -> None:
    if actor.hospital_ids is not None:
        raise Forbidden(
            "Categories are those of every hospital of the group, also those that you do not work at.",
            next_step="Ask somebody who works at every hospital.",
        )


def _checked(labels: dict[str, str]) -> dict[str, str]:
    if "en" not in labels:
        raise Invalid("Give it an English name: it stands where a language has none.", pointer="/labels/en")
    return {language: one_line(label, pointer=f"/labels/{language}", longest=80) for language, label in labels.items()}
