"""Staff, roles, sessions, API keys, audit. The front door.

`Gate` recognises who comes (made by app), `Revocations.notice` is what the event tail calls.
"""

from bedside.accounts.auditing import audit, audit_reading
from bedside.accounts.cookies import link_cookies
from bedside.accounts.events import ApiKeyRevoked, OwnerLinkEnded, SessionRevoked, StaffChanged
from bedside.accounts.gate import Gate
from bedside.accounts.model import NewStaffMember, StaffMember
from bedside.accounts.naming import somebody
from bedside.accounts.permissions import PERMISSIONS, Permission, Role, SignedIn, public, requires, signed_in
from bedside.accounts.revocations import Revocations
from bedside.accounts.sessions import issue_token
from bedside.accounts.staff import (
    add_staff,
    end_owner_sign_in,
    first_administrator,
    reset_password,
    staff_member,
    staff_of_owner,
)
from bedside.accounts.store import staff_names as active_staff
from bedside.accounts.stories import page_of_story

__all__ = [
    "PERMISSIONS", "ApiKeyRevoked", "Gate", "NewStaffMember", "OwnerLinkEnded", "Permission", "Revocations", "Role",
    "SessionRevoked", "SignedIn", "StaffChanged", "StaffMember", "active_staff", "add_staff", "audit", "audit_reading",
    "end_owner_sign_in", "first_administrator", "issue_token", "link_cookies", "page_of_story", "public", "requires",
    "reset_password", "signed_in", "somebody", "staff_member", "staff_of_owner",
]  # fmt: skip
