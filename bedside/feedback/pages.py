"""The pages of feedback, part by part."""

from typing import Any

from bedside.feedback.pages_centre import CENTRE_PAGES
from bedside.feedback.pages_desk import DESK_PAGES
from bedside.feedback.pages_forms import FORM_PAGES
from bedside.feedback.pages_link import LINK_PAGES
from bedside.feedback.pages_report import REPORT_PAGES
from bedside.feedback.pages_settings import SETTINGS_PAGES

PAGES: list[Any] = [*REPORT_PAGES, *FORM_PAGES, *LINK_PAGES, *CENTRE_PAGES, *DESK_PAGES, *SETTINGS_PAGES]
