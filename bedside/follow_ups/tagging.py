"""Tags: made, renamed, coloured, deleted; put on records and taken off them."""

import msgspec

from bedside.accounts import audit
from bedside.event_log import Actor, record
from bedside.follow_ups import store_tags as store
from bedside.follow_ups.events import TagsChanged
from bedside.follow_ups.model import NewTag, NoSuchTag, Tag, TagChanges, TagNameTaken
from bedside.follow_ups.subjects import check_subject, owner_of, patient_of
from bedside.kit.database import Tx
from bedside.kit.text import one_line
from bedside.kit.wire import given


async def tags(tx: Tx) -> list[Tag]:
    """Every tag, by name."""
    return await store.tags(tx)


async def tag_with_id(tx: Tx, tag_id: int) -> Tag:
    """A tag. Raises NoSuchTag (404)."""
    found = await store.tag(tx, tag_id)
    if found is None:
        raise _no_tag()
    return found


async def make_tag(tx: Tx, *, new: NewTag, actor: Actor) -> Tag:
    """Makes a tag. Raises TagNameTaken (409), Invalid (422)."""
    name = one_line(new.name, pointer="/name", longest=60)
    made = await store.insert_tag(tx, name=name, colour=new.colour)
    if made is None:
        raise await _taken(tx, name)
    await audit(tx, actor=actor, action="tag.made", subject="tag", subject_id=made.id, after=made)
    return made


async def change_tag(tx: Tx, *, tag_id: int, changes: TagChanges, actor: Actor) -> Tag:
    """Renames or recolours a tag wherever it is. Raises NoSuchTag (404), TagNameTaken (409), Invalid (422)."""
    before = await store.lock_tag(tx, tag_id)
    if before is None:
        raise _no_tag()
    sent = given(changes)
    if "name" in sent:
        sent["name"] = one_line(sent["name"], pointer="/name", longest=60)
        there = await store.tag_named(tx, sent["name"])
        if there is not None and there.id != tag_id:
            raise await _taken(tx, sent["name"])
    after = msgspec.structs.replace(before, **sent)
    if after != before:
        await store.update_tag(tx, after)
        await audit(tx, actor=actor, action="tag.changed", subject="tag", subject_id=tag_id, before=before, after=after)
    return after


async def delete_tag(tx: Tx, *, tag_id: int, actor: Actor) -> None:
    """Takes a tag off every record and does away with it. Raises NoSuchTag (404)."""
    before = await store.lock_tag(tx, tag_id)
    if before is None:
        raise _no_tag()
    await store.delete_tag(tx, tag_id)
    await audit(tx, actor=actor, action="tag.deleted", subject="tag", subject_id=tag_id, before=before)


async def tags_of(tx: Tx, *, subject: str, subject_id: int) -> list[Tag]:
    """The tags on a record, by name."""
    return (await tags_of_many(tx, subject=subject, ids=[subject_id])).get(subject_id, [])


async def tags_of_many(tx: Tx, *, subject: str, ids: list[int]) -> dict[int, list[Tag]]:
    """The tags on many records in one query, by the records' ids; a record without any is left out."""
    found: dict[int, list[Tag]] = {}
    for subject_id, tag in await store.tags_of_many(tx, subject=subject, ids=ids):
        found.setdefault(subject_id, []).append(tag)
    return found


async def tag(tx: Tx, *, subject: str, subject_id: int, name: str, actor: Actor) -> Tag:
    """Puts the tag of this name on a record, making it where there is none; twice is once.

    Raises SubjectUnknown (422), NoSuchSubject (404), Invalid (422).
    """
    name = one_line(name, pointer="/name", longest=60)
    known = await store.tag_named(tx, name)
    if known is None:
        made = await store.insert_tag(tx, name=name, colour="teal")
        if made is not None:
            await audit(tx, actor=actor, action="tag.made", subject="tag", subject_id=made.id, after=made)
        known = made or await store.tag_named(tx, name)  # made beside us meanwhile
    if known is None:
        raise _no_tag()
    return await put_tag(tx, tag_id=known.id, subject=subject, subject_id=subject_id, actor=actor)


async def put_tag(tx: Tx, *, tag_id: int, subject: str, subject_id: int, actor: Actor) -> Tag:
    """Puts a tag on a record; twice is once. Raises NoSuchTag (404), SubjectUnknown (422), NoSuchSubject (404)."""
    await check_subject(tx, noun=subject, subject_id=subject_id, actor=actor)
    found = await store.hold_tag(tx, tag_id)
    if found is None:
        raise _no_tag()
    if await store.put_tag(tx, tag_id=tag_id, subject=subject, subject_id=subject_id):
        await _changed(tx, found, subject, subject_id, how="put on", actor=actor)
    return await tag_with_id(tx, tag_id)


async def take_tag(tx: Tx, *, tag_id: int, subject: str, subject_id: int, actor: Actor) -> None:
    """Takes a tag off a record; where it is not on it, nothing happens. Raises NoSuchTag (404) as put_tag does."""
    await check_subject(tx, noun=subject, subject_id=subject_id, actor=actor)
    found = await tag_with_id(tx, tag_id)
    if await store.take_tag(tx, tag_id=tag_id, subject=subject, subject_id=subject_id):
        await _changed(tx, found, subject, subject_id, how="taken off", actor=actor)


async def _taken(tx: Tx, name: str) -> TagNameTaken:
    there = await store.tag_named(tx, name)
    return TagNameTaken(
        f"There is a tag called “{there.name if there else name}” already.",
        pointer="/name",
        next_step="Use that one, or choose another name.",
        tagId=there.id if there else None,
    )


def _no_tag() -> NoSuchTag:
    return NoSuchTag("There is no tag with this id.", next_step="Look it up in /api/tags.")


async def _changed(tx: Tx, tag: Tag, subject: str, subject_id: int, *, how: str, actor: Actor) -> None:
    patient_id = patient_of(subject, subject_id)
    await audit(
        tx, actor=actor, action=f"tag.{how.replace(' ', '_')}", subject=subject, subject_id=subject_id,
        patient_id=patient_id, after={"tag": tag.name},
    )  # fmt: skip
    event = TagsChanged(
        tag_id=tag.id,
        name=tag.name,
        about=subject,
        about_id=subject_id,
        how=how,
        patient_id=patient_id,
        owner_id=owner_of(subject, subject_id),
    )
    await record(tx, event, actor=actor)
