"""Links to an owner's own pages: 128 random bits each, stored hashed, for thirty days. Opening one changes nothing."""

from datetime import timedelta

from bedside.accounts import OwnerLinkEnded, SignedIn, audit
from bedside.event_log import SYSTEM, Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.tokens import hashed, new_token
from bedside.owner_relations import store_notices as store
from bedside.owner_relations.communicating import add
from bedside.owner_relations.delivering import people_of
from bedside.owner_relations.model import (
    Communication,
    NewCommunication,
    NobodyReached,
    OwnerLink,
    OwnerLinkOver,
    OwnerLinkUnknown,
    SendOwnLink,
)
from bedside.owner_relations.store_notices import UsedLink
from bedside.owners import OwnerArchived, OwnerChanged, seen_owner

HOLDS = timedelta(days=30)
TEMPLATE = "owner_page_link"

_public_url = "http://localhost:7002"


def install_public_url(url: str) -> None:
    """Hands over the address that links carry, without a slash at its end. Called once, by app and worker."""
    global _public_url  # only settings reads the environment, and it lies above this room
    _public_url = url.rstrip("/")


def public_address() -> str:
    """The address that links of this room carry."""
    return _public_url


async def own_page_link(tx: Tx, owner_id: int, contact_id: int | None = None, *, actor: Actor = SYSTEM) -> str:
    """A fresh link to an owner's own pages, for the owner or one of their contacts. It is nowhere kept in clear."""
    token = new_token()
    await store.insert_link(
        tx, token_hash=hashed(token), owner_id=owner_id, contact_id=contact_id, holds=HOLDS, by=actor.name
    )
    return f"{_public_url}/o/{token}"


async def read_owner_link(tx: Tx, token: str) -> UsedLink:
    """Whose pages this link is for (`owner_id`), and who was given it; changes nothing. Raises OwnerLinkUnknown (404),
    OwnerLinkOver (410)."""
    found = await store.link_of_token(tx, token_hash=hashed(token))
    if found is None:
        raise OwnerLinkUnknown(
            "This link leads nowhere.",
            next_step="It may have been cut off on its way: open it from the message once more, or call the hospital.",
        )
    if found.over:
        raise OwnerLinkOver("This link has ended.", next_step="Ask the hospital for a new one.")
    return found


async def open_owner_link(tx: Tx, token: str) -> UsedLink:
    """The same, and notes that it was used."""
    found = await read_owner_link(tx, token)
    await store.used(tx, link_id=found.id)
    return found


async def send_own_page_link(tx: Tx, *, owner_id: int, wanted: SendOwnLink, actor: SignedIn) -> Communication:
    """Sends somebody a link to the owner's own pages; it is made just before it leaves.

    Without a channel it goes by the first that they can be written to on, the one that they prefer before others.
    Raises NoSuchOwner (404), Invalid (422), NobodyReached (422).
    """
    whose = await seen_owner(tx, owner_id=owner_id, user=actor)
    people = await people_of(tx, whose)
    who = people.get(wanted.contact_id)
    if who is None:
        raise Invalid(
            "This owner has no such contact.", pointer="/contactId", next_step="0 is the owner's own phone and email."
        )
    channels = [wanted.channel] if wanted.channel else who.in_order() or ["email"]
    for place, channel in enumerate(channels):
        new = NewCommunication(kind=channel, template_key=TEMPLATE, contact_ids=[wanted.contact_id])
        try:
            async with tx.savepoint():
                return await add(tx, owner_id=owner_id, new=new, actor=actor)
        except NobodyReached:
            if place == len(channels) - 1:
                raise
    raise LookupError("no channel was tried")


async def own_links(tx: Tx, *, owner_id: int, user: SignedIn) -> list[OwnerLink]:
    """The newest hundred links of an owner. Raises NoSuchOwner (404)."""
    await seen_owner(tx, owner_id=owner_id, user=user)
    return await store.links(tx, owner_id=owner_id)


async def revoke_own_link(tx: Tx, *, owner_id: int, link_id: int, actor: SignedIn) -> OwnerLink:
    """Takes a link back, at once. Raises NoSuchOwner, NotFound (404)."""
    await seen_owner(tx, owner_id=owner_id, user=actor)
    taken = await store.revoke_link(tx, owner_id=owner_id, link_id=link_id)
    if taken is None:
        raise NotFound("This owner has no such link.", next_step="Look at the list of links.")
    await audit(
        tx, actor=actor, action="owner.link_revoked", subject="owner", subject_id=owner_id, after={"link_id": link_id}
    )
    await record(tx, OwnerLinkEnded(owner_link_id=link_id, owner_id=owner_id), actor=actor)
    return taken


async def end_own_links(tx: Tx, event: OwnerArchived | OwnerChanged, *, actor: Actor) -> None:
    """When an owner or one of their contacts is put away: their links end, and with them what they opened."""
    if event.owner_id is not None:
        for link_id in await store.end_links(tx, owner_id=event.owner_id):
            await record(tx, OwnerLinkEnded(owner_link_id=link_id, owner_id=event.owner_id), actor=actor)
