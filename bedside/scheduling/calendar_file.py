"""A visit as an iCalendar file (RFC 5545, 5546). Pure."""

from icalendar import Calendar, Event, Timezone

from bedside.scheduling.model import Appointment, Status


def calendar_file(one: Appointment, *, place_name: str, address: str, summary: str | None = None) -> bytes:
    """The file. The UID is the same for good and SEQUENCE counts changes up, so calendars replace what they have; a
    cancelled visit is METHOD:CANCEL. The department stays out of it: calendars are shared."""
    cancelled = one.status is Status.CANCELLED
    calendar = Calendar()
    calendar.add("prodid", "-//Bedside//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    starts, ends = one.starts_local, one.ends_local
    calendar.add_component(Timezone.from_tzinfo(one.zone, first_date=starts.date(), last_date=ends.date().replace(
        year=ends.year + 1, day=min(ends.day, 28))))  # fmt: skip
    event = Event()
    event.add("uid", f"appointment-{one.id}@bedside")
    event.add("sequence", one.calendar_sequence)
    event.add("dtstamp", one.updated_at)
    event.add("created", one.created_at)
    event.add("last-modified", one.updated_at)
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("summary", summary or f"{one.practitioner_name}, {place_name}")
    event.add("location", ", ".join(part for part in (place_name, " ".join(address.split())) if part))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED" if one.status is Status.CONFIRMED else "TENTATIVE")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    calendar.add_component(event)
    file: bytes = calendar.to_ical()
    return file
