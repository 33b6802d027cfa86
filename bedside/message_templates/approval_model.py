"""What WhatsApp says of a version's words, and the words as it is given them."""

from datetime import datetime
from enum import StrEnum

import msgspec

from bedside.kit.http.problems import Conflict
from bedside.kit.wire import Wire
from bedside.message_templates.model import TemplateVersion


class ApprovalState(StrEnum):
    """How far a version's words are at WhatsApp."""

    DRAFT = "draft"  # not handed in
    SUBMITTED = "submitted"  # handed in, or on its way there
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"  # was approved; people complained


class NotForApproval(Conflict):
    """409: the version cannot be handed in, or has been."""

    type = "not-for-approval"


class Approval(Wire, kw_only=True):
    """Where the words of a version stand at WhatsApp. `name` and `language` are those of the template there, `body` has
    numbered places, and `variables` fill them, in Liquid. `own` false: it was approved without us, and is looked up by
    the version's `whatsappName`. `reason` says why it was rejected, or why it waits."""

    version_id: int
    state: ApprovalState
    reason: str
    own: bool
    name: str
    language: str
    category: str
    body: str
    variables: list[str]
    submitted_by_name: str
    submitted_at: datetime | None
    decided_at: datetime | None
    checked_at: datetime | None


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """Words with numbered places: what fills each in Liquid, and an example of each for whoever reviews them."""

    body: str
    variables: tuple[str, ...]
    examples: tuple[str, ...]


class Sendable(msgspec.Struct, kw_only=True):
    """What may leave of a template in a language outside the window: where the newest version stands (None: nobody
    asked WhatsApp), and the newest version that is approved, under its approved name."""

    state: ApprovalState | None
    own: bool
    reason: str
    approved: TemplateVersion | None
