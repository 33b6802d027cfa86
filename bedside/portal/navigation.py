"""What the portal's navigation holds: data, so that a later page adds one line here and nothing elsewhere."""

from collections.abc import Collection
from dataclasses import dataclass

# The side bar shows this group as one line; its entries stand above each of their pages.
SETTINGS = "Settings"


@dataclass(frozen=True, slots=True)
class Entry:
    """One place to go.

    `key` is the letter pressed after `g` ("": none; there are only so many letters); `permission` names what a person
    must be allowed to see it (None: everybody signed in); `group` is the heading it stands under ("" for the first,
    unnamed group; SETTINGS for a page of settings, with which `g` and its letter work as everywhere); `on_tab_bar` puts
    it at the bottom of a phone's screen, where four find room; who may do what `unless` names does not see it.
    """

    label: str
    icon: str
    path: str
    key: str
    permission: str | None
    group: str = ""
    on_tab_bar: bool = False
    unless: str | None = None


ENTRIES: tuple[Entry, ...] = (
    Entry("Dashboard", "layout-dashboard", "/", "d", "dashboard:read", on_tab_bar=True),
    Entry("Calendar", "calendar", "/calendar", "c", "appointments:read", on_tab_bar=True),
    Entry("Patients", "users", "/patients", "p", "patients:read", on_tab_bar=True),
    Entry("Vaccinations", "vaccine", "/vaccinations", "", "patients:read"),
    Entry("Feedback", "star", "/feedback", "f", "feedback:read"),
    Entry("Feedback report", "star", "/feedback/report", "", "feedback:reports", unless="feedback:read"),
    Entry("Loyalty", "gift", "/loyalty", "l", "loyalty:read"),
    Entry("Loyalty report", "gift", "/loyalty/report", "", "loyalty:reports", unless="loyalty:read"),
    Entry("Inbox", "inbox", "/inbox", "i", "messages:read", "Communication"),
    Entry("Messages", "messages", "/messages", "m", "messages:read", "Communication", on_tab_bar=True),
    Entry("Reminders", "alarm", "/reminders", "r", "reminders:read", "Communication"),
    Entry("Emergency notifications", "urgent", "/emergencies", "", "emergencies:send", "Communication"),
    Entry("Campaigns", "speakerphone", "/campaigns", "q", "campaigns:read", "Communication"),
    Entry("Templates", "template", "/templates", "e", "templates:read", "Communication"),
    Entry("Suppressions", "hand-stop", "/suppressions", "", "messages:read", "Communication"),
    Entry("Tasks", "list-check", "/tasks", "t", "tasks:read", "Work"),
    Entry("Owners", "building-community", "/owners", "o", "owners:read", "Owners"),
    Entry("Contracts", "file-certificate", "/contracts", "x", "contracts:read", "Owners"),
    Entry("Revenue", "report-money", "/revenue", "w", "revenue:read", "Owners"),
    Entry("Payouts", "cash", "/payouts", "b", "payouts:read", "Owners"),
    Entry("My hospital", "building-hospital", "/my", "z", "own_record:read", "", on_tab_bar=True),
    Entry("Hospitals", "building-hospital", "/settings/hospitals", "h", "directory:read", SETTINGS),
    Entry("Departments", "building", "/settings/departments", "", "directory:read", SETTINGS),
    Entry("Practitioners", "stethoscope", "/settings/practitioners", "v", "directory:read", SETTINGS),
    Entry("Rooms", "door", "/settings/rooms", "", "directory:read", SETTINGS),
    Entry("Schedules", "calendar-time", "/settings/schedules", "s", "schedules:edit", SETTINGS),
    Entry("Reminder policies", "alarm", "/settings/reminders", "y", "reminder_policies:edit", SETTINGS),
    Entry("Contact policies", "calendar-off", "/settings/contact-policies", "", "reminder_policies:edit", SETTINGS),
    Entry("Feedback", "star", "/settings/feedback", "", "feedback:edit", SETTINGS),
    Entry("Feedback forms", "forms", "/settings/feedback-forms", "", "feedback:edit", SETTINGS),
    Entry("Channels", "plug-connected", "/settings/channels", "n", "staff:manage", SETTINGS),
    Entry("Brand kits", "template", "/settings/brands", "", "templates:edit", SETTINGS),
    Entry("Approval of campaigns", "checks", "/settings/campaign-approval", "", "campaigns:approve", SETTINGS),
    Entry("Canned answers", "messages", "/settings/canned-answers", "", "templates:edit", SETTINGS),
    Entry("Owner notices", "bell", "/settings/owner-notices", "", "owner_communications:send", SETTINGS),
    Entry("Tags", "tags", "/settings/tags", "", "directory:edit", SETTINGS),
    Entry("Custom fields", "forms", "/settings/custom-fields", "", "directory:edit", SETTINGS),
    Entry("Staff", "users-group", "/settings/staff", "u", "staff:manage", SETTINGS),
    Entry("API keys", "key", "/settings/api-keys", "k", "api_keys:manage", SETTINGS),
    Entry("Audit", "history", "/audit", "a", "audit:read", SETTINGS),
)


# Where the palette looks for people: an address that takes `?q=`, the permission that it takes, and who they are.
PALETTE_SOURCES: tuple[tuple[str, str, str], ...] = (
    ("/search", "patients:read", "patients"),
    ("/owners/search", "owners:read", "owners"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading, in the order of ENTRIES."""

    label: str
    entries: tuple[Entry, ...]


def visible(permissions: Collection[str], entries: tuple[Entry, ...] = ENTRIES) -> tuple[Group, ...]:
    """The groups a person with these permissions sees; a group without entries is left out."""
    shown = [
        entry
        for entry in entries
        if (entry.permission is None or entry.permission in permissions) and entry.unless not in permissions
    ]
    labels = dict.fromkeys(entry.group for entry in shown)
    return tuple(Group(label, tuple(entry for entry in shown if entry.group == label)) for label in labels)


def settings_at(groups: Collection[Group], path: str) -> tuple[Entry, ...]:
    """The pages of settings, where `path` is one of them; else none."""
    shown = tuple(entry for group in groups if group.label == SETTINGS for entry in group.entries)
    return shown if any(is_current(entry, path) for entry in shown) else ()


def is_current(entry: Entry, path: str) -> bool:
    """Whether a page at `path` belongs to the entry: `/patients/7` is under Patients, but only `/` is the Dashboard."""
    return path == entry.path or (entry.path != "/" and path.startswith(entry.path + "/"))
