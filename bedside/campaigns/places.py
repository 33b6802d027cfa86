"""Whose an audience or a campaign is: the whole group's, or one hospital's."""

from bedside.accounts import SignedIn
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid, NotFound


async def place_of(tx: Tx, *, hospital_id: int | None, user: SignedIn) -> int | None:
    """The hospital that was named, or the user's only one; None: the whole group's.

    Raises Invalid (422) where it is not there, or one must be named; Forbidden (403) where it is not theirs."""
    if hospital_id is None:
        if user.hospitals is None:
            return None
        if len(user.hospitals) != 1:
            raise Invalid("Say which of your hospitals this is for.", pointer="/hospitalId")
        return user.hospitals[0]
    user.check_works_at(hospital_id)
    try:
        found = await hospital(tx, hospital_id)
    except NotFound as problem:
        raise Invalid(problem.detail, pointer="/hospitalId", next_step="Look it up in /api/hospitals.") from None
    return found.id
