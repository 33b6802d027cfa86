"""The shape of what goes over the wire: camelCase names, unknown fields refused."""

import msgspec


class Wire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Base of every struct that is read from or written to the API. Subclasses say `kw_only=True` themselves."""
