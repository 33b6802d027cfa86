"""What notes, tags, custom fields and tasks may be about, of this room."""

from bedside.accounts import Permission
from bedside.follow_ups import Subject
from bedside.owners.store import names

OWNER_SUBJECT = Subject(label="Owner", seen_with=Permission.OWNERS_READ, page="/owners/{id}", names=names)
