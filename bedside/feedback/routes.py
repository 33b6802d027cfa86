"""REST of feedback."""

from bedside.feedback.routes_answering import ROUTES as ANSWERING
from bedside.feedback.routes_forms import ROUTES as FORMS
from bedside.feedback.routes_giving import ROUTES as GIVING
from bedside.feedback.routes_reports import ROUTES as REPORTS
from bedside.feedback.routes_settings import ROUTES as SETTINGS

ROUTES = [*GIVING, *ANSWERING, *SETTINGS, *FORMS, *REPORTS]
