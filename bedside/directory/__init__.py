"""Hospitals, departments, practitioners, services, rooms and equipment, opening hours. The front door."""

from bedside.directory.departments import add_department, add_service, department, departments, service, services
from bedside.directory.events import DirectoryChanged
from bedside.directory.hospitals import (
    add_hospital,
    change_hospital,
    holidays_of,
    hospital,
    hospital_by_slug,
    hospitals,
    opening_hours,
    set_opening_hours,
)
from bedside.directory.in_view import COOKIE as HOSPITAL_COOKIE
from bedside.directory.in_view import hospital_chosen, hospital_in_view
from bedside.directory.model import (
    Department,
    Hospital,
    HospitalChanges,
    NewDepartment,
    NewHospital,
    NewPractitioner,
    NewResource,
    NewService,
    OpeningHours,
    Practitioner,
    PractitionerAt,
    PractitionerUnclear,
    Resource,
    Service,
)
from bedside.directory.practitioners import add_practitioner, find_practitioner, practitioner, practitioners
from bedside.directory.resources import add_resource, resource, resources
from bedside.directory.validity import check_language, check_time_zone

__all__ = [
    "HOSPITAL_COOKIE", "Department", "DirectoryChanged", "Hospital", "HospitalChanges", "NewDepartment",
    "NewHospital", "NewPractitioner", "NewResource", "NewService", "OpeningHours", "Practitioner", "PractitionerAt",
    "PractitionerUnclear", "Resource", "Service", "add_department", "add_hospital", "add_practitioner",
    "add_resource", "add_service", "change_hospital", "check_language", "check_time_zone", "department",
    "departments", "find_practitioner", "holidays_of", "hospital", "hospital_by_slug", "hospital_chosen",
    "hospital_in_view", "hospitals", "opening_hours", "practitioner", "practitioners", "resource", "resources",
    "service", "services", "set_opening_hours",
]  # fmt: skip
