"""Pages of owner relations."""

from bedside.owner_relations.pages_communications import PAGES as COMMUNICATIONS
from bedside.owner_relations.pages_notices import PAGES as NOTICES
from bedside.owner_relations.pages_satisfaction import SATISFACTION_PAGES
from bedside.owner_relations.pages_survey import SURVEY_PAGES

PAGES = [*COMMUNICATIONS, *NOTICES, *SATISFACTION_PAGES, *SURVEY_PAGES]
