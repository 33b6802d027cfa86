"""REST of owner relations."""

from bedside.owner_relations.routes_communications import ROUTES as COMMUNICATIONS

ROUTES = [*COMMUNICATIONS]
