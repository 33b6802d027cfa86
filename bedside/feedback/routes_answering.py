"""REST of what staff answer to feedback, and of asking for a public review."""

from typing import Any

from litestar import Request, Response, post
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.feedback.answering import ask_for_review, respond
from bedside.feedback.model import Feedback, Id, NewResponse, ReviewRequest
from bedside.feedback.model import Response as Answer
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
TAGS = ["Feedback"]


@post(
    "/api/patient-feedback/{feedback_id:int}/responses",
    guards=[requires(Permission.FEEDBACK_ANSWER)],
    tags=TAGS,
    summary="Answer a feedback",
)
async def post_response(
    request: Person, tx: Transaction, feedback_id: FromPath[Id], data: JSONBody[NewResponse]
) -> Response[Answer]:
    """`{"kind": "message", "body": "Thank you. We are sorry that you had to wait."}` goes to the patient; `private` is
    a note that colleagues see. 409 `feedback-anonymous` for a message where nobody is named; 422 `patient-not-reached`
    where they have no such channel or refused it: then nothing is kept."""
    return await once(request, tx, respond(tx, feedback_id=feedback_id, new=data, actor=request.user))


@post(
    "/api/patient-feedback/{feedback_id:int}/review-request",
    guards=[requires(Permission.FEEDBACK_ANSWER)],
    tags=TAGS,
    summary="Ask for a public review",
    status_code=200,
)
async def post_review_request(
    request: Person, tx: Transaction, feedback_id: FromPath[Id], data: JSONBody[ReviewRequest]
) -> Response[Feedback]:
    """`{}`, or `{"channel": "email"}`: sends the patient the address where reviews of the hospital are read, once. 409
    `review-request-refused` where the hospital asks nobody, the rating is under `reviewFromStars`, or they were asked
    before; `feedback-anonymous` where nobody is named."""
    work = ask_for_review(tx, feedback_id=feedback_id, wanted=data, actor=request.user)
    return await once(request, tx, work, status=200)


ROUTES = [post_response, post_review_request]
