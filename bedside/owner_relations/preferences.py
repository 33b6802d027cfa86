"""Which of an owner's people get which notice, and by which channels."""

from bedside.accounts import SignedIn, audit
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.owner_relations import store_notices as store
from bedside.owner_relations.delivering import in_order_of_channels, people_of
from bedside.owner_relations.model import NoticePreference, NoticePreferences
from bedside.owners import seen_owner


async def notice_preferences(tx: Tx, *, owner_id: int, user: SignedIn) -> NoticePreferences:
    """All that is said of an owner's notices. Raises NoSuchOwner (404)."""
    await seen_owner(tx, owner_id=owner_id, user=user)
    return NoticePreferences(preferences=await store.preferences(tx, owner_id=owner_id))


async def set_notice_preferences(
    tx: Tx, *, owner_id: int, given: NoticePreferences, actor: SignedIn
) -> NoticePreferences:
    """Makes these all that is said of an owner's notices; kinds that are not named go to the owner, by default.

    Raises NoSuchOwner (404), Invalid (422) for somebody who is no contact of theirs, or is named twice for a kind.
    """
    whose = await seen_owner(tx, owner_id=owner_id, user=actor)
    await store.lock_owner(tx, owner_id=owner_id)
    people = await people_of(tx, whose)
    named: set[tuple[str, int | None]] = set()
    for place, one in enumerate(given.preferences):
        if one.contact_id is not None and one.contact_id not in people:
            raise Invalid(
                "This owner has no such contact.",
                pointer=f"/preferences/{place}/contactId",
                next_step="null is the owner's own phone and email.",
            )
        if (one.kind, one.contact_id) in named:
            raise Invalid("They are named twice for this notice.", pointer=f"/preferences/{place}/contactId")
        named.add((one.kind, one.contact_id))
    before = await store.preferences(tx, owner_id=owner_id)
    kept = [
        NoticePreference(kind=one.kind, contact_id=one.contact_id, channels=in_order_of_channels(one.channels))
        for one in given.preferences
    ]
    await store.replace_preferences(tx, owner_id=owner_id, preferences=kept, by=actor.name)
    after = NoticePreferences(preferences=await store.preferences(tx, owner_id=owner_id))
    await audit(
        tx,
        actor=actor,
        action="owner.notice_preferences_changed",
        subject="owner",
        subject_id=owner_id,
        before=NoticePreferences(preferences=before),
        after=after,
    )
    return after
