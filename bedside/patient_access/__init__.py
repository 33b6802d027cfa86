"""What patients do themselves: online booking, codes, and links to see, confirm, move or call off a visit.

The front door.
"""

from bedside.patient_access.links import install_public_url, manage_link
from bedside.patient_access.model import LinkOver, LinkUnknown

__all__ = ["LinkOver", "LinkUnknown", "install_public_url", "manage_link"]
