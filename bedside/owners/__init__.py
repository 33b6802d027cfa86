"""Owners of hospitals and their contacts: who they are, how they are reached and paid. The front door."""

__all__: list[str] = []
