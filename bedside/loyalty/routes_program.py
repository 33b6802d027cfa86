"""REST of the program's versions, and of what one would do before it is added."""

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.loyalty import members, program
from bedside.loyalty.member_model import ProgramPreview
from bedside.loyalty.model import Id
from bedside.loyalty.program_model import NewProgram, Program

Person = Request[SignedIn, Any, Any]
TAGS = ["Loyalty"]


class Programs(Wire, kw_only=True):
    """Every version of the program; `inForce` is the id of the one that holds now."""

    items: list[Program]
    in_force: int


@get(
    "/api/loyalty/programs", guards=[requires(Permission.LOYALTY_REPORTS)], tags=TAGS, summary="The program's versions"
)
async def list_programs(tx: Transaction) -> Programs:
    """Every version, the newest first, those that were taken back before they began too."""
    return Programs(items=await program.programs(tx), in_force=(await program.program_in_force(tx)).id)


@get(
    "/api/loyalty/programs/{program_id:int}",
    guards=[requires(Permission.LOYALTY_REPORTS)],
    tags=TAGS,
    summary="One version of the program",
)
async def read_program(program_id: FromPath[Id], tx: Transaction) -> Program:
    """What it says: rules, tiers, expiry. 404 `no-such-loyalty-program`."""
    return await program.program(tx, program_id)


@post("/api/loyalty/programs", guards=[requires(Permission.LOYALTY_EDIT)], tags=TAGS, summary="Add a version")
async def add_program(data: JSONBody[NewProgram], request: Person, tx: Transaction) -> Response[Program]:
    """Adds a version that holds from the day `startsOn`, in its own zone, until the next one's; from now where that is
    today. What was earned before stays as it was earned.

    422 `loyalty-program-refused` with a pointer: a day gone by, thresholds out of order, an unknown role. 409
    `loyalty-program-date-taken` where another version begins at that moment.
    """
    made = program.add_program(tx, new=data, actor=request.user)
    return await once(request, tx, made, headers=lambda one: {"Location": f"/api/loyalty/programs/{one.id}"})


@delete(
    "/api/loyalty/programs/{program_id:int}",
    guards=[requires(Permission.LOYALTY_EDIT)],
    tags=TAGS,
    summary="Take a version back",
    status_code=200,
)
async def withdraw_program(program_id: FromPath[Id], request: Person, tx: Transaction) -> Program:
    """Takes a version back that has not begun. 409 `loyalty-program-started` where it has: add another one instead."""
    return await program.withdraw_program(tx, program_id=program_id, actor=request.user)


@post(
    "/api/loyalty/programs/preview",
    guards=[requires(Permission.LOYALTY_EDIT)],
    tags=TAGS,
    summary="What a version would do",
    status_code=200,
)
async def preview_program(data: JSONBody[NewProgram], request: Person, tx: Transaction) -> ProgramPreview:
    """Where today's members would stand if this version held now, and what a year's visits, feedback and referrals
    would have earned. Changes nothing. `sample` names some who would move, for who may see members."""
    return await members.preview(tx, new=data, names=request.user.may(Permission.LOYALTY_READ))


ROUTES: list[Any] = [list_programs, preview_program, read_program, add_program, withdraw_program]
