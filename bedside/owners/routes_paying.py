"""REST of how owners are paid, of their tax number, and of their sign-ins."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.owners import paying, registering, sign_ins
from bedside.owners.model import (
    AddedSignIn,
    Id,
    NewPaymentDetails,
    NewSignIn,
    PaymentDetails,
    SignIn,
    TaxNumber,
    TaxNumberGiven,
    UnsealedDetails,
)

Person = Request[SignedIn, Any, Any]
TAGS = ["Owners"]


class EveryPaymentDetails(Wire, kw_only=True):
    """An owner's payment details, masked, the newest first."""

    items: list[PaymentDetails]


class TaxNumberHint(Wire, kw_only=True):
    """What may be shown of a tax number; empty where none is known."""

    hint: str


class SignIns(Wire, kw_only=True):
    """Who signs in for an owner."""

    items: list[SignIn]


@get(
    "/api/owners/{owner_id:int}/payment-details",
    guards=[requires(Permission.OWNERS_READ, own=True)],
    tags=TAGS,
    summary="How an owner is paid",
)
async def list_payment_details(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    retired: Annotated[bool, QueryParameter(description="True: those no longer in force too.")] = False,
) -> EveryPaymentDetails:
    """Masked: the last signs of account numbers. Details are never changed, only replaced."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    items = await paying.every_payment_details(tx, owner_id=owner_id, user=request.user, retired=retired)
    return EveryPaymentDetails(items=items)


@put(
    "/api/owners/{owner_id:int}/payment-details",
    guards=[requires(Permission.OWNERS_EDIT)],
    tags=TAGS,
    summary="Set how an owner is paid",
)
async def set_payment_details(
    owner_id: FromPath[Id], data: JSONBody[NewPaymentDetails], request: Person, tx: Transaction
) -> PaymentDetails:
    """Puts new details into force, for one hospital or for all that have none of their own; the old ones are retired,
    and what was approved for them must be approved again. 422 with a pointer where a check digit is wrong or something
    is missing; 403 where hospitals that you do not work at would pay by them."""
    return await paying.set_payment_details(tx, owner_id=owner_id, new=data, actor=request.user)


@get(
    "/api/owners/{owner_id:int}/payment-details/{details_id:int}/unsealed",
    guards=[requires(Permission.OWNER_SECRETS_READ)],
    tags=TAGS,
    summary="Payment details in clear",
)
async def show_unsealed(
    owner_id: FromPath[Id], details_id: FromPath[Id], request: Person, tx: Transaction
) -> UnsealedDetails:
    """The whole account number. That it was read is an audit fact."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return await paying.unsealed_details(tx, owner_id=owner_id, details_id=details_id, actor=request.user)


@put(
    "/api/owners/{owner_id:int}/tax",
    guards=[requires(Permission.OWNERS_EDIT)],
    tags=TAGS,
    summary="Set the tax number",
)
async def set_tax_number(
    owner_id: FromPath[Id], data: JSONBody[TaxNumberGiven], request: Person, tx: Transaction
) -> TaxNumberHint:
    """Keeps it sealed; null takes it away."""
    hint = await paying.set_tax_number(tx, owner_id=owner_id, tax_number=data.tax_number, actor=request.user)
    return TaxNumberHint(hint=hint)


@get(
    "/api/owners/{owner_id:int}/tax/unsealed",
    guards=[requires(Permission.OWNER_SECRETS_READ)],
    tags=TAGS,
    summary="The tax number in clear",
)
async def show_tax_number(owner_id: FromPath[Id], request: Person, tx: Transaction) -> TaxNumber:
    """That it was read is an audit fact."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return await paying.read_tax_number(tx, owner_id=owner_id, actor=request.user)


@get(
    "/api/owners/{owner_id:int}/sign-ins",
    guards=[requires(Permission.OWNERS_READ)],
    tags=TAGS,
    summary="Who signs in for an owner",
)
async def list_sign_ins(owner_id: FromPath[Id], request: Person, tx: Transaction) -> SignIns:
    """Accounts with the role owner, which see this owner's data and nothing else."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return SignIns(items=[_shown(one) for one in await sign_ins.sign_ins(tx, owner_id=owner_id)])


@post(
    "/api/owners/{owner_id:int}/sign-ins",
    guards=[requires(Permission.OWNERS_EDIT)],
    tags=TAGS,
    summary="Let somebody sign in for an owner",
)
async def add_sign_in(
    owner_id: FromPath[Id], data: JSONBody[NewSignIn], request: Person, tx: Transaction
) -> Response[AddedSignIn]:
    """The password in the answer is shown this once. 409 where somebody signs in with the address already."""

    async def add() -> AddedSignIn:
        member, password = await sign_ins.add_sign_in(tx, owner_id=owner_id, new=data, actor=request.user)
        return AddedSignIn(sign_in=_shown(member), password=password)

    return await once(request, tx, add())


@delete(
    "/api/owners/{owner_id:int}/sign-ins/{staff_id:int}",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    tags=TAGS,
    summary="End a sign-in",
)
async def end_sign_in(owner_id: FromPath[Id], staff_id: FromPath[Id], request: Person, tx: Transaction) -> SignIn:
    """It opens nothing from now on; whoever used it is signed out everywhere."""
    return _shown(await sign_ins.end_sign_in(tx, owner_id=owner_id, staff_id=staff_id, actor=request.user))


def _shown(member: Any) -> SignIn:
    return SignIn(
        id=member.id, email=member.email, name=member.name, active=member.active, created_at=member.created_at
    )


ROUTES: list[Any] = [
    list_payment_details, set_payment_details, show_unsealed, set_tax_number, show_tax_number, list_sign_ins,
    add_sign_in, end_sign_in,
]  # fmt: skip
