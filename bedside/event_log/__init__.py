"""What happened, in order, for ever: append-only events, what reacts to them, and a person's timeline.

The front door. Record an event in the transaction that makes it true; reactions run in that transaction too.
"""

from bedside.event_log.model import SYSTEM, Actor, Event, Happening
from bedside.event_log.recording import Reaction, Together, install_reactions, record, record_many
from bedside.event_log.store import newest, timeline, timeline_of_owner
from bedside.event_log.tail import News, Tail

__all__ = [
    "SYSTEM", "Actor", "Event", "Happening", "News", "Reaction", "Tail", "Together", "install_reactions", "newest",
    "record", "record_many", "timeline", "timeline_of_owner",
]  # fmt: skip
