"""Pages of the directory: settings of hospitals, departments and services, practitioners, rooms and equipment."""

from typing import Any

from bedside.directory.pages_departments import PAGES as DEPARTMENTS
from bedside.directory.pages_hospitals import PAGES as HOSPITALS
from bedside.directory.pages_practitioners import PAGES as PRACTITIONERS
from bedside.directory.pages_rooms import PAGES as ROOMS

PAGES: list[Any] = [*HOSPITALS, *DEPARTMENTS, *PRACTITIONERS, *ROOMS]
