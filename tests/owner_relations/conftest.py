"""What this room's tests stand on."""

from tests.owner_relations.talking import office, product, talk
from tests.payouts.conftest import deal

__all__ = ["deal", "office", "product", "talk"]
