"""The shape of what goes over the wire: camelCase names, unknown fields refused."""

from typing import Any

import msgspec


class Wire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Base of every struct that is read from or written to the API. Subclasses say `kw_only=True` themselves."""


def given(changes: msgspec.Struct) -> dict[str, Any]:
    """The fields of a PATCH body that were sent, null included; those left out stand at UNSET and stay as they are."""
    return {name: value for name in changes.__struct_fields__ if (value := getattr(changes, name)) is not msgspec.UNSET}
