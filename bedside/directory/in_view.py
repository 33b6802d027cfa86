"""Which hospital a page is of: the one its reader chose, among those they work at."""

from bedside.accounts import SignedIn
from bedside.directory.hospitals import hospital, hospitals
from bedside.directory.model import Hospital, NoSuchHospital
from bedside.kit.database import Tx

COOKIE = "bedside_hospital"
"""The cookie in which the portal keeps the choice."""


async def hospital_in_view(tx: Tx, *, user: SignedIn, wanted: int | None = None) -> Hospital:
    """The hospital asked for, or the first of the user's by name.

    Raises Forbidden (403) for one that they do not work at, NoSuchHospital (404) where there is none.
    """
    if wanted is not None:
        user.check_works_at(wanted)
        return await hospital(tx, wanted)
    theirs = await hospitals(tx, ids=user.hospitals)
    if not theirs:
        raise NoSuchHospital(
            "You work at no hospital yet.", next_step="Ask an administrator to add you to one, or to make the first."
        )
    return theirs[0]


async def hospital_chosen(tx: Tx, *, user: SignedIn, cookie: str | None) -> Hospital:
    """The same for a page, by the cookie; one that is not (or no longer) theirs counts as no choice."""
    theirs = await hospitals(tx, ids=user.hospitals)
    chosen = next((one for one in theirs if str(one.id) == cookie), None)
    return chosen or await hospital_in_view(tx, user=user)
