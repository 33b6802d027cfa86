"""REST of what was done: the audit log (edits and readings) and the event log (deeds)."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromQuery, QueryParameter
from msgspec import Meta

from bedside.accounts import store_audit
from bedside.accounts.model import AuditEntry
from bedside.accounts.permissions import Permission, SignedIn, requires
from bedside.kit.http.paging import Page
from bedside.kit.http.request import read_moment
from bedside.kit.http.transaction import Transaction

_Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
ActorKind = Annotated[str | None, QueryParameter(name="actorKind", max_length=50)]
ActorId = Annotated[_Id | None, QueryParameter(name="actorId")]
Beginning = Annotated[str | None, QueryParameter(max_length=100, description="How the action begins: `staff.`")]
Subject = Annotated[str | None, QueryParameter(max_length=50)]
SubjectId = Annotated[_Id | None, QueryParameter(name="subjectId")]
PatientId = Annotated[_Id | None, QueryParameter(name="patientId")]
Moment = Annotated[str | None, QueryParameter(schema_extra={"format": "date-time"})]


@get("/api/audit", guards=[requires(Permission.AUDIT_READ)], tags=["Audit"], summary="Read the audit log")
async def list_audit(
    request: Request[SignedIn, Any, Any],
    tx: Transaction,
    actor_kind: ActorKind = None,
    actor_id: ActorId = None,
    action: Beginning = None,
    subject: Subject = None,
    subject_id: SubjectId = None,
    patient_id: PatientId = None,
    since: Moment = None,
    until: Moment = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[AuditEntry]:
    """Who did what, the newest first: changes with what was before and after, and readings of patients' records.

    `action` matches by its beginning; `since` counts, `until` does not. What was done with appointments and messages
    is at `/api/audit/deeds`: neither repeats the other. Who does not work at every hospital reads what staff and keys
    of their own hospitals did.
    """
    filters = _filters(actor_kind, actor_id, action, subject, subject_id, patient_id, since, until)
    return await store_audit.AUDIT.page(
        tx, filters=filters | {"within": request.user.hospitals}, cursor=cursor, limit=limit
    )


@get("/api/audit/deeds", guards=[requires(Permission.AUDIT_READ)], tags=["Audit"], summary="Read the event log")
async def list_deeds(
    request: Request[SignedIn, Any, Any],
    tx: Transaction,
    actor_kind: ActorKind = None,
    actor_id: ActorId = None,
    action: Beginning = None,
    subject: Subject = None,
    subject_id: SubjectId = None,
    patient_id: PatientId = None,
    since: Moment = None,
    until: Moment = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[AuditEntry]:
    """What was done, the newest first: bookings, messages, sign-outs. `after` holds what the event says.

    Filters as at `/api/audit`; what belongs to a hospital that is not yours is left out.
    """
    filters = _filters(actor_kind, actor_id, action, subject, subject_id, patient_id, since, until)
    return await store_audit.DEEDS.page(
        tx, filters=filters | {"within": request.user.hospitals}, cursor=cursor, limit=limit
    )


def _filters(
    actor_kind: str | None,
    actor_id: int | None,
    action: str | None,
    subject: str | None,
    subject_id: int | None,
    patient_id: int | None,
    since: str | None,
    until: str | None,
) -> dict[str, Any]:
    return {
        "actor_kind": actor_kind,
        "actor_id": actor_id,
        "action": action,
        "subject": subject,
        "subject_id": subject_id,
        "patient_id": patient_id,
        "since": read_moment(since, pointer="/since"),
        "until": read_moment(until, pointer="/until"),
    }


ROUTES = [list_audit, list_deeds]
