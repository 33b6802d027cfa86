"""REST of a contract's versions: amendments, what differs, signing on paper, links to sign by, and trying the terms."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, requires
from bedside.contracts import comparing, drafting, previewing, reading, signing
from bedside.contracts.model import ContractVersion, NewVersion, PaperSignature, SigningLink
from bedside.contracts.terms import Id
from bedside.contracts.views import Difference, Preview, PreviewGiven
from bedside.directory import hospital
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire

Person = Request[SignedIn, Any, Any]
TAGS = ["Contracts"]
Number = Annotated[int, Meta(ge=1, le=100_000)]


class Versions(Wire, kw_only=True):
    """A contract's versions, in the order in which they begin."""

    items: list[ContractVersion]


class SendToSign(Wire, kw_only=True):
    """Which version to send: the latest where none is named."""

    version: Number | None = None


class SentToSign(Wire, kw_only=True):
    """A link for each owner who has still to sign. A link is shown here and never again; older ones have ended."""

    links: list[SigningLink]


@get(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/versions",
    guards=[requires(Permission.CONTRACTS_READ, own=True)],
    tags=TAGS,
    summary="Versions of a contract",
)
async def list_versions(
    owner_id: FromPath[Id], contract_id: FromPath[Id], request: Person, tx: Transaction
) -> Versions:
    """Every version with its terms and words. One holds from its day on once `signedAt` is set, until the next does."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    return Versions(items=await reading.versions_of(tx, contract=one, user=request.user))


@post(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/versions",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    tags=TAGS,
    summary="Amend a contract",
)
async def amend_contract(
    owner_id: FromPath[Id], contract_id: FromPath[Id], data: JSONBody[NewVersion], request: Person, tx: Transaction
) -> Response[ContractVersion]:
    """Writes new terms down, which hold from `effectiveFrom` on once every owner in them has signed. 409 where they
    would begin on or before the day on which the latest version begins."""
    await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    return await once(request, tx, drafting.amend(tx, contract_id=contract_id, new=data, actor=request.user))


@get(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/versions/{number:int}/difference",
    guards=[requires(Permission.CONTRACTS_READ, own=True)],
    tags=TAGS,
    summary="What differs between two versions",
)
async def show_difference(
    owner_id: FromPath[Id],
    contract_id: FromPath[Id],
    number: FromPath[Number],
    request: Person,
    tx: Transaction,
    against: Annotated[Number | None, QueryParameter(description="The version before it where none is named.")] = None,
) -> Difference:
    """The terms in sentences and the words in paragraphs, each `kept`, `added` or `removed` since version `against`."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    versions = await reading.versions_of(tx, contract=one, user=request.user)
    after = reading.version_numbered(versions, number)
    earlier = [one for one in versions if one.number < number] or [after]
    before = earlier[-1] if against is None else reading.version_numbered(versions, against)
    names = await reading.names_in(tx, contract=one, terms=[before.terms, after.terms])
    return comparing.difference(before, after, names, currency=one.currency)


@post(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/sign",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    tags=TAGS,
    summary="Record a signature on paper",
)
async def sign_contract(
    owner_id: FromPath[Id],
    contract_id: FromPath[Id],
    data: JSONBody[PaperSignature],
    request: Person,
    tx: Transaction,
) -> Response[ContractVersion]:
    """Records that the owner of the path (or the party that the body names) signed a version on paper: the latest where
    none is named. The scan is uploaded as a document first. 409 where this party has signed it already."""
    await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    work = signing.sign_on_paper(tx, contract_id=contract_id, signature=data, actor=request.user, owner_id=owner_id)
    return await once(request, tx, work)


@post(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/send-to-sign",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    tags=TAGS,
    summary="Send a version to be signed",
)
async def send_contract(
    owner_id: FromPath[Id], contract_id: FromPath[Id], data: JSONBody[SendToSign], request: Person, tx: Transaction
) -> SentToSign:
    """Makes a link for each owner who has not signed the version, and has it sent to them. Links from before end. 409
    where everybody has signed."""
    await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    return SentToSign(
        links=await signing.send_to_sign(tx, contract_id=contract_id, actor=request.user, number=data.version)
    )


@post(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/preview",
    guards=[requires(Permission.CONTRACTS_READ)],
    status_code=200,
    tags=TAGS,
    summary="What a month would give",
)
async def preview_contract(
    owner_id: FromPath[Id], contract_id: FromPath[Id], data: JSONBody[PreviewGiven], request: Person, tx: Transaction
) -> Preview:
    """What each party would get of these amounts, step by step. Nothing is kept. With `terms`, by those instead of the
    contract's own."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    earned = previewing.earned_of(data.amounts, currency=one.currency)
    if data.terms is not None:
        terms, names = await drafting.check_agreed(
            tx,
            percent=None,
            terms=data.terms,
            owner_id=one.owner_id,
            place=await hospital(tx, one.hospital_id),
            currency=one.currency,
            actor=request.user,
        )
    else:
        terms = reading.version_numbered(await reading.versions_of(tx, contract=one), data.version).terms
        names = await reading.names_in(tx, contract=one, terms=[terms])
    return previewing.preview(terms, earned, names, currency=one.currency)


VERSION_ROUTES: list[Any] = [
    list_versions, amend_contract, show_difference, sign_contract, send_contract, preview_contract,
]  # fmt: skip
