"""REST of owner relations."""

from bedside.owner_relations.routes_communications import ROUTES as COMMUNICATIONS
from bedside.owner_relations.routes_satisfaction import ROUTES as SATISFACTION

ROUTES = [*COMMUNICATIONS, *SATISFACTION]
