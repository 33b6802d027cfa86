"""What notes, tags and tasks may be about here: a contract."""

from bedside.accounts import Permission
from bedside.contracts import store
from bedside.follow_ups import Subject

CONTRACT_SUBJECT = Subject(
    label="Contract", seen_with=Permission.CONTRACTS_READ, page="/contracts/{id}", names=store.names
)
