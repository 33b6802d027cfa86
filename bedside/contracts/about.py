"""What events about a contract carry, and the fingerprint of what is signed. Pure."""

import hashlib
from typing import Any

from bedside.contracts.model import Contract


def about(one: Contract) -> dict[str, Any]:
    """What every event about a contract carries. Pure."""
    return {
        "contract_id": one.id, "number": one.number, "title": one.title, "hospital_id": one.hospital_id,
        "owner_id": one.owner_id,
    }  # fmt: skip


def sha256(words: str) -> bytes:
    """The fingerprint of the words that are signed. Pure."""
    return hashlib.sha256(words.encode()).digest()
