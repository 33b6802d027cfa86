"""What tasks and notes may be about, of this room."""

from bedside.accounts import Permission
from bedside.follow_ups import Subject
from bedside.messaging.store_reading import conversation_names, names

MESSAGE_SUBJECT = Subject(label="Message", seen_with=Permission.MESSAGES_READ, page="/messages/{id}", names=names)
CONVERSATION_SUBJECT = Subject(
    label="Conversation", seen_with=Permission.MESSAGES_READ, page="/inbox/{id}", names=conversation_names
)
