"""What patients do themselves: online booking, codes, and links to see, confirm, move or call off a visit.

The front door.
"""

from bedside.patient_access.events import BookedByReferral
from bedside.patient_access.languages import COOKIE as LANGUAGE_COOKIE
from bedside.patient_access.links import install_public_url, manage_link, manage_links
from bedside.patient_access.model import CODE_ATTEMPTS, CODE_LIFETIME, LinkOver, LinkUnknown, TooOften, code_hash
from bedside.patient_access.pages_common import PRIVATE, REFERRAL_COOKIE, address_of, language_of

__all__ = [
    "CODE_ATTEMPTS", "CODE_LIFETIME", "LANGUAGE_COOKIE", "PRIVATE", "REFERRAL_COOKIE", "BookedByReferral", "LinkOver",
    "LinkUnknown", "TooOften", "address_of", "code_hash", "install_public_url", "language_of", "manage_link",
    "manage_links",
]  # fmt: skip
