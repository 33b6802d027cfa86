"""What notes, tags, custom fields and tasks may be about here: a feedback."""

from bedside.accounts import Permission, SignedIn
from bedside.feedback import store
from bedside.feedback.giving import theirs
from bedside.feedback.model import NoSuchFeedback
from bedside.follow_ups import Subject
from bedside.kit.database import Tx


async def _may_see(tx: Tx, feedback_id: int, user: SignedIn) -> bool:
    try:
        theirs(await store.feedback(tx, feedback_id), user)
    except NoSuchFeedback:
        return False
    return True


FEEDBACK_SUBJECT = Subject(
    label="Feedback", seen_with=Permission.FEEDBACK_READ, page="/feedback/{id}", names=store.names, may_see=_may_see
)
