"""Contracts with owners: versions of terms, signing, documents, and what they make of revenue. The front door."""

__all__: list[str] = []
