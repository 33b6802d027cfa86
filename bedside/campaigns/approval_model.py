"""What approving of a campaign says."""

from typing import Annotated

import msgspec
from msgspec import Meta

from bedside.kit.http.problems import Conflict, Forbidden
from bedside.kit.wire import Wire


class NeedsApproval(Conflict):
    """409: their role may not write to so many without somebody else's approval, or what was approved of is not what
    would go out now."""

    type = "needs-approval"
    title = "Somebody else must approve of this campaign"


class OwnApproval(Forbidden):
    """403: who made a campaign, last changed it or asked for approval does not approve of it."""

    type = "own-approval"
    title = "Nobody approves of their own campaign"


class Declined(Wire, kw_only=True):
    """Why a campaign is not approved of: whoever made it reads it."""

    because: Annotated[str, Meta(min_length=1, max_length=500)]


class ApprovalLimits(Wire, kw_only=True):
    """To how many people a campaign may go without somebody else's approval, by the role of who launches it. A role
    that is not named may write to as many as there are."""

    limits: Annotated[dict[str, Annotated[int, Meta(ge=0, le=2_000_000_000)]], Meta(max_length=10)]


class ChangedMeanwhile(Conflict):
    """409: it is not any more what whoever approves of it looked at."""

    type = "campaign-changed-meanwhile"
    title = "The campaign changed while you looked at it"


class Seen(msgspec.Struct, frozen=True):
    """What somebody looked at who approves: which version of the campaign, to how many people it went, and the newest
    version of its templates; 0 where it says words of its own."""

    version: int
    people: int
    words: int


class Lacking(msgspec.Struct, frozen=True):
    """That a campaign may not go out without approval: to more than `limit` people, and what has `changed` since
    somebody approved of it, in words; empty where nobody did."""

    limit: int
    people: int
    changed: str


class Standing(Wire, kw_only=True):
    """How a campaign stands to approval. `approved_versions`: of its templates, those whose words were approved of."""

    made_by: str
    changed_by: str
    changed_by_role: str
    submitted_by: str
    approved: bool
    audience_changed: bool
    approved_people: int | None
    approved_versions: list[int] | None
