"""What tasks and notes may be about, of this room."""

from bedside.accounts import Permission, SignedIn
from bedside.follow_ups import Subject
from bedside.kit.database import Tx
from bedside.messaging.store_conversations import conversation, conversation_names
from bedside.messaging.store_reading import message, names


async def _may_see_message(tx: Tx, message_id: int, user: SignedIn) -> bool:
    return await message(tx, message_id=message_id, user=user) is not None


async def _may_see_conversation(tx: Tx, conversation_id: int, user: SignedIn) -> bool:
    return await conversation(tx, conversation_id=conversation_id, user=user) is not None


MESSAGE_SUBJECT = Subject(
    label="Message", seen_with=Permission.MESSAGES_READ, page="/messages/{id}", names=names, may_see=_may_see_message
)
CONVERSATION_SUBJECT = Subject(
    label="Conversation", seen_with=Permission.MESSAGES_READ, page="/inbox/{id}", names=conversation_names,
    may_see=_may_see_conversation,
)  # fmt: skip
