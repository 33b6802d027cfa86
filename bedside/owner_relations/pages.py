"""Pages of owner relations."""

from bedside.owner_relations.pages_communications import PAGES as COMMUNICATIONS
from bedside.owner_relations.pages_notices import PAGES as NOTICES

PAGES = [*COMMUNICATIONS, *NOTICES]
