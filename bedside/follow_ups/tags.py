"""Tags on people and things."""

from bedside.accounts import audit
from bedside.event_log import Actor, record
from bedside.follow_ups import store
from bedside.follow_ups.events import TagsChanged
from bedside.follow_ups.model import PATIENT, NewTag, Tag
from bedside.kit.database import Tx
from bedside.kit.text import one_line


async def all_tags(tx: Tx) -> list[Tag]:
    """Every tag there is, by name."""
    return await store.all_tags(tx)


async def make_tag(tx: Tx, *, new: NewTag) -> Tag:
    """The tag with this name, made where there is none. Raises Invalid (422)."""
    return await store.tag_named(tx, name=one_line(new.name, pointer="/name", longest=60), colour=new.colour)


async def tags_of(tx: Tx, *, subject: str, subject_id: int) -> list[Tag]:
    """The tags on a subject, by name."""
    return await store.tags_of(tx, subject=subject, subject_id=subject_id)


async def tags_of_many(tx: Tx, *, subject: str, ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    """The tags on many subjects in one query: by subject's id, name and colour."""
    found: dict[int, list[tuple[str, str]]] = {}
    for subject_id, name, colour in await store.tags_of_many(tx, subject=subject, ids=ids):
        found.setdefault(subject_id, []).append((name, colour))
    return found


async def put_tag(tx: Tx, *, subject: str, subject_id: int, name: str, actor: Actor) -> Tag:
    """Puts a tag on a subject, making it where there is none of that name; twice is once. Raises Invalid (422)."""
    tag = await store.tag_named(tx, name=one_line(name, pointer="/name", longest=60), colour="teal")
    if await store.put_tag(tx, tag_id=tag.id, subject=subject, subject_id=subject_id):
        await _changed(tx, tag.id, tag.name, subject, subject_id, put_on=True, actor=actor)
    return tag


async def take_tag(tx: Tx, *, subject: str, subject_id: int, name: str, actor: Actor) -> None:
    """Takes a tag off a subject; where it is not there, nothing happens."""
    tag_id = await store.take_tag(tx, name=name, subject=subject, subject_id=subject_id)
    if tag_id is not None:
        await _changed(tx, tag_id, name, subject, subject_id, put_on=False, actor=actor)


async def _changed(
    tx: Tx, tag_id: int, name: str, subject: str, subject_id: int, *, put_on: bool, actor: Actor
) -> None:
    patient_id = subject_id if subject == PATIENT else None
    await audit(
        tx, actor=actor, action="tag.put_on" if put_on else "tag.taken_off", subject=subject, subject_id=subject_id,
        patient_id=patient_id, after={"tag": name},
    )  # fmt: skip
    await record(tx, TagsChanged(tag_id=tag_id, tag=name, put_on=put_on, patient_id=patient_id), actor=actor)
