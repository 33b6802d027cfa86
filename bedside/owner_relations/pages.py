"""Pages of owner relations."""

from bedside.owner_relations.own_pages import PAGES as OWN
from bedside.owner_relations.own_pages_link import PAGES as OWN_LINK
from bedside.owner_relations.pages_communications import PAGES as COMMUNICATIONS
from bedside.owner_relations.pages_notices import PAGES as NOTICES
from bedside.owner_relations.pages_satisfaction import SATISFACTION_PAGES
from bedside.owner_relations.pages_survey import SURVEY_PAGES

PAGES = [*COMMUNICATIONS, *NOTICES, *SATISFACTION_PAGES, *SURVEY_PAGES, *OWN, *OWN_LINK]
