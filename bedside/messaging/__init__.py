"""The queue, what comes back, the inbox. The front door: queue a message with `enqueue`; nothing else sends.

Events: MessageStatusChanged, InboundMessageReceived; of owners OwnerMessageStatusChanged, OwnerMessageReceived,
OwnerMessageWritten, which their own readers see. What a template says is loaded just before it leaves, by the
loaders that `install_loaders` was handed. app and worker hand down the accounts (`provider_accounts`).
"""

from bedside.messaging.consent import pick_channels
from bedside.messaging.events import (
    InboundMessageReceived,
    MessageStatusChanged,
    OwnerMessageReceived,
    OwnerMessageStatusChanged,
    OwnerMessageWritten,
)
from bedside.messaging.loading import Loader, install_loaders
from bedside.messaging.model import Enqueued, MessageStatus, PersonRef, Stale
from bedside.messaging.provider_accounts import ProviderAccounts, provider_accounts
from bedside.messaging.providers.outcomes import Attachment
from bedside.messaging.queueing import enqueue
from bedside.messaging.receiving import mark_acted
from bedside.messaging.sender import Sender
from bedside.messaging.senders import ensure_senders, providers
from bedside.messaging.store_reading import answered_at
from bedside.messaging.subjects import CONVERSATION_SUBJECT, MESSAGE_SUBJECT

__all__ = [
    "CONVERSATION_SUBJECT", "MESSAGE_SUBJECT", "Attachment", "Enqueued", "InboundMessageReceived", "Loader",
    "MessageStatus", "MessageStatusChanged", "OwnerMessageReceived", "OwnerMessageStatusChanged",
    "OwnerMessageWritten", "PersonRef", "ProviderAccounts", "Sender", "Stale", "answered_at", "enqueue",
    "ensure_senders", "install_loaders", "mark_acted", "pick_channels", "provider_accounts", "providers",
]  # fmt: skip
