"""The queue, what comes back, the inbox. The front door: queue a message with `enqueue`; nothing else sends.

Events: MessageStatusChanged, InboundMessageReceived. What a template says is loaded just before it leaves, by the
loaders that `install_loaders` was handed.
"""

from bedside.messaging.consent import pick_channels
from bedside.messaging.events import InboundMessageReceived, MessageStatusChanged
from bedside.messaging.loading import install_loaders
from bedside.messaging.model import Enqueued, MessageStatus, PersonRef, Stale
from bedside.messaging.queueing import enqueue

__all__ = [
    "Enqueued",
    "InboundMessageReceived",
    "MessageStatus",
    "MessageStatusChanged",
    "PersonRef",
    "Stale",
    "enqueue",
    "install_loaders",
    "pick_channels",
]
