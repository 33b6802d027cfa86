"""Staff, roles, sessions, API keys, audit. The front door."""

from bedside.accounts.permissions import PERMISSIONS, Permission, Role, SignedIn, public, requires, signed_in

__all__ = ["PERMISSIONS", "Permission", "Role", "SignedIn", "public", "requires", "signed_in"]
