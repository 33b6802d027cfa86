"""What this room's tests stand on."""

from tests.owner_relations.talking import application, talk
from tests.payouts.conftest import deal

__all__ = ["application", "deal", "talk"]
