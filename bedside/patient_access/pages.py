"""The pages that patients see: online booking, and their visit by its link."""

from bedside.patient_access.pages_booking import BOOKING_PAGES
from bedside.patient_access.pages_visit import VISIT_PAGES

PAGES = [*BOOKING_PAGES, *VISIT_PAGES]
