"""What did not arrive now and may next time (RULES.md, Reminders 11): a full mailbox, a phone switched off. Pure."""

# as many in a row, and the address is given up
SOFT_IN_A_ROW = 3
_PHONES = frozenset({"30003"})


def is_soft(channel: str, status: str, code: str | None) -> bool:
    """Whether a message came back for a reason that may pass: 4.y.z, a full mailbox, a phone out of reach."""
    if status not in ("undelivered", "failed") or not code:
        return False
    if channel == "email":
        return code.startswith("4") or code in ("5.2.2", "552")
    return channel == "sms" and code in _PHONES


def enough(last: list[bool]) -> bool:
    """Whether the newest messages to an address, softly refused or not, are enough to give it up."""
    return len(last) >= SOFT_IN_A_ROW and all(last[:SOFT_IN_A_ROW])
