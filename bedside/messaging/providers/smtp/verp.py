"""Each mail has an envelope sender of its own, so that a bounce names its message, and cannot be made up (VERP)."""

import hmac
import re

_ADDRESS = re.compile(r"bounces\+(\d{1,18})\.([0-9a-f]{12})@", re.IGNORECASE)


def envelope_sender(message_id: int, *, domain: str, secret: str) -> str:
    """Where bounces of this message go."""
    return f"bounces+{message_id}.{_mark(message_id, secret)}@{domain}"


def message_of(address: str, *, secret: str) -> int | None:
    """The message that a bounce to this address is about; None where the address is not one of ours."""
    found = _ADDRESS.search(address)
    if found is None:
        return None
    message_id = int(found[1])
    return message_id if hmac.compare_digest(found[2].lower(), _mark(message_id, secret)) else None


def _mark(message_id: int, secret: str) -> str:
    return hmac.digest(secret.encode(), b"bounce %d" % message_id, "sha256").hex()[:12]
