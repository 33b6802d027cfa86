"""Bringing a friend: what is kept of it, what may be refused, and why. Decided without I/O."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.wire import Wire

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
ReferralStatus = Literal["pending", "completed", "refused"]
CodeText = Annotated[str, Meta(min_length=1, max_length=40, examples=["C2F4-GH67"])]

# Why a friend does not count, in words for staff.
ONESELF = "nobody brings themselves"
SAME_PHONE = "both have the same phone"
CAME_BEFORE = "the friend had a completed visit before"
MUTUAL = "the friend is the one who brought them"


class Referral(Wire, kw_only=True):
    """A friend whom somebody brought. `completed` once the friend's first visit took place; `because` says why one was
    refused."""

    id: int
    referrer_id: int
    referrer_name: str
    friend_id: int
    friend_name: str
    status: ReferralStatus
    because: str
    appointment_id: int | None
    created_by_name: str
    created_at: datetime
    completed_at: datetime | None


class NewReferral(Wire, kw_only=True):
    """A friend, and the code of who brought them."""

    code: CodeText
    friend_id: Id


class ReferralCode(Wire, kw_only=True):
    """The code and the link by which somebody brings friends."""

    code: str
    link: str


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of two people before one counts as having brought the other."""

    referrer_id: int
    friend_id: int
    share_phone: bool
    friend_came_before: bool
    referrer_brought_by_friend: bool


class ReferralRefused(Conflict):
    """409: this friend does not count as brought; `because` says why."""

    type = "referral-refused"


class ReferralExists(Conflict):
    """409: somebody has brought this friend already; `referralId` says which referral."""

    type = "referral-exists"


class ReferralCodeUnknown(Invalid):
    """422: the code is nobody's."""

    type = "referral-code-unknown"


class NoSuchReferral(NotFound):
    """404: there is no such referral."""

    type = "no-such-referral"


def why_refused(pair: Pair) -> str | None:
    """Why somebody does not count as having brought a friend; None: they do. Pure (RULES, Points 7)."""
    if pair.referrer_id == pair.friend_id:
        return ONESELF
    if pair.share_phone:
        return SAME_PHONE
    if pair.friend_came_before:
        return CAME_BEFORE
    if pair.referrer_brought_by_friend:
        return MUTUAL
    return None
