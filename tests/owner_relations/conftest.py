"""What this room's tests stand on."""

from tests.owner_relations.talking import office, product, talk

__all__ = ["office", "product", "talk"]
