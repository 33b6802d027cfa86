"""What approving of a campaign says."""

from typing import Annotated

from msgspec import Meta

from bedside.kit.http.problems import Conflict, Forbidden
from bedside.kit.wire import Wire


class NeedsApproval(Conflict):
    """409: their role may not write to so many without somebody else's approval."""

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


class Standing(Wire, kw_only=True):
    """How a campaign stands to approval."""

    made_by: str
    changed_by: str
    changed_by_role: str
    submitted_by: str
    approved: bool
