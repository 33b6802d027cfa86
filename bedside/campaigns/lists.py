"""Lists of people: putting them on by hand, taking them off."""

from bedside.accounts import Permission, SignedIn, audit
from bedside.campaigns import audiences, store_lists
from bedside.campaigns.audience_model import Audience
from bedside.campaigns.events import AudienceChanged
from bedside.campaigns.list_model import MembersAdded, NewMembers
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.problems import Conflict, Forbidden, Invalid, NotFound


class NotAList(Conflict):
    """409: the audience is said by a rule, so nobody is put on it."""

    type = "not-a-list"
    title = "This audience is no list"


class NoSuchList(NotFound):
    """404: the audience is said by a rule, so there is no list to look at."""

    type = "no-such-list"
    title = "This audience is no list"


class NotOnTheList(NotFound):
    """404: the person is not on the list."""

    type = "not-on-the-list"
    title = "They are not on the list"


class NotTakenOff(NotFound):
    """404: nobody took them off, so there is nothing to undo."""

    type = "not-taken-off"
    title = "They were not taken off"


class LeftThemselves(Conflict):
    """409: they left the list themselves, which staff do not undo."""

    type = "left-themselves"
    title = "They left the list themselves"


async def the_list(tx: Tx, *, list_id: int, user: SignedIn, change: bool = False) -> Audience:
    """A list, to be looked at, or locked to be changed.

    Raises NoSuchAudience (404); for one that is said by a rule NoSuchList (404), or to change it NotAList (409);
    Forbidden (403) for owners where they may not see these, and to change the group's where they do not work at every
    hospital."""
    found = await audiences.audience(tx, audience_id=list_id, user=user, lock=change)
    if found.kind != "list":
        refused = NotAList if change else NoSuchList
        raise refused(
            f"“{found.name}” is said by a rule.", next_step="Change its rule, or add an audience of kind list."
        )
    if found.whose == "owners" and not user.may(Permission.OWNERS_READ):
        raise Forbidden("This list is of owners.", next_step="Ask somebody who may see owners.")
    if change and found.hospital_id is None and user.hospital_ids is not None:
        raise Forbidden(
            "This list is the whole group's.", next_step="Add one of your own hospital, or ask an administrator."
        )
    return found


def within(one: Audience, user: SignedIn) -> list[int] | None:
    """Whose people may be on a list: its hospital's, or for the group's those of the user's hospitals."""
    return user.hospitals if one.hospital_id is None else [one.hospital_id]


async def add(tx: Tx, *, list_id: int, new: NewMembers, user: SignedIn) -> MembersAdded:
    """Puts people on a list; who is on it already stays as they were. Raises Invalid (422) at the first of them who is
    not there, or of another hospital, and then adds nobody."""
    found = await the_list(tx, list_id=list_id, user=user, change=True)
    ids = list(dict.fromkeys(new.person_ids))
    there = await store_lists.here(tx, ids=ids, whose=found.whose, within=within(found, user))
    for index, one in enumerate(new.person_ids):
        if one not in there:
            who = "owner" if found.whose == "owners" else "patient"
            raise Invalid(
                f"There is no {who} {one} whom this list may have.",
                pointer=f"/personIds/{index}",
                next_step=f"Leave the {who} out: those put away and those of other hospitals are not taken.",
            )
    made = await store_lists.put_on(tx, list_id=found.id, ids=ids, how="hand", by=user.name)
    if made:
        await told(tx, found, user, "added", {"people": made})
    return MembersAdded(new=made, same=len(ids) - made)


async def remove(tx: Tx, *, list_id: int, person_id: int, user: SignedIn) -> None:
    """Takes somebody off a list; campaigns that have frozen whom they are for keep them. Raises NotOnTheList (404)."""
    found = await the_list(tx, list_id=list_id, user=user, change=True)
    if not await store_lists.take_off(tx, list_id=found.id, person_id=person_id, how="hand", by=user.name):
        raise NotOnTheList("They are not on this list.", next_step="Load the list again.")
    await told(tx, found, user, "removed", {"person": person_id})


async def put_back(tx: Tx, *, list_id: int, person_id: int, user: SignedIn) -> None:
    """Undoes taking somebody off by hand: they are on the list again as they had come.

    Raises NotTakenOff (404) for who was not, LeftThemselves (409) for who left by a word or a link."""
    found = await the_list(tx, list_id=list_id, user=user, change=True)
    left = await store_lists.put_back(tx, list_id=found.id, person_id=person_id)
    if left is None:
        raise NotTakenOff("Nobody took them off this list.", next_step="Load the list again.")
    if left != "hand":
        raise LeftThemselves(
            "They left this list themselves.", next_step="They can join again by its word or link; or ask them first."
        )
    await told(tx, found, user, "put_back", {"person": person_id})


async def told(tx: Tx, one: Audience, user: Actor, what: str, facts: dict[str, object]) -> None:
    """Writes down who changed who is on a list, and tells pages that show it."""
    await audit(tx, actor=user, action=f"list.{what}", subject="audience", subject_id=one.id, after=facts)
    await record(tx, AudienceChanged(audience_id=one.id, what="members", hospital_id=one.hospital_id), actor=user)
