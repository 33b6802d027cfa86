"""The queue, what comes back, the inbox. The front door: queue a message with `enqueue`; nothing else sends.

Events: MessageStatusChanged, InboundMessageReceived; of owners OwnerMessageStatusChanged, OwnerMessageReceived,
OwnerMessageWritten, which their own readers see. What a template says is loaded just before it leaves, by the
loaders that `install_loaders` was handed. app and worker hand down the accounts (`provider_accounts`).
"""

from bedside.messaging.channel_limits import check_length
from bedside.messaging.consent import pick_channels
from bedside.messaging.conversation_model import AnswerTimes
from bedside.messaging.events import (
    InboundMessageReceived,
    MessageStatusChanged,
    OwnerMessageReceived,
    OwnerMessageStatusChanged,
    OwnerMessageWritten,
)
from bedside.messaging.links import install_public_url
from bedside.messaging.lists_joined import install_lists
from bedside.messaging.loading import Loader, LoaderOfMany, install_loaders
from bedside.messaging.model import BULK, Enqueued, MessageStatus, PersonRef, Stale
from bedside.messaging.preferring import ask_for_news, drop_refused
from bedside.messaging.provider_accounts import ProviderAccounts, provider_accounts
from bedside.messaging.providers.outcomes import Attachment
from bedside.messaging.queueing import enqueue
from bedside.messaging.queueing_many import Queued, Wanted, enqueue_many, take_back
from bedside.messaging.reaching import channels_at_rest, ways_to_reach
from bedside.messaging.receiving import mark_acted
from bedside.messaging.sender import Sender
from bedside.messaging.senders import ensure_senders, providers
from bedside.messaging.stop_words import asks_carrier, plain_word
from bedside.messaging.store_conversations import answer_times
from bedside.messaging.store_threads import answered_at
from bedside.messaging.store_zones import people_by_zone
from bedside.messaging.subjects import CONVERSATION_SUBJECT, MESSAGE_SUBJECT
from bedside.messaging.suppressing import Explanation, would_get
from bedside.messaging.withdrawing import withdraw

__all__ = [
    "BULK", "CONVERSATION_SUBJECT", "MESSAGE_SUBJECT", "AnswerTimes", "Attachment", "Enqueued", "Explanation",
    "InboundMessageReceived", "Loader", "LoaderOfMany", "MessageStatus", "MessageStatusChanged",
    "OwnerMessageReceived", "OwnerMessageStatusChanged", "OwnerMessageWritten", "PersonRef", "ProviderAccounts",
    "Queued", "Sender", "Stale", "Wanted", "answer_times", "answered_at", "ask_for_news", "asks_carrier",
    "channels_at_rest", "check_length", "drop_refused", "enqueue", "enqueue_many", "ensure_senders", "install_lists",
    "install_loaders", "install_public_url", "mark_acted", "people_by_zone", "pick_channels", "plain_word",
    "provider_accounts", "providers", "take_back", "ways_to_reach", "withdraw", "would_get",
]  # fmt: skip
