"""Signing: on paper and recorded here, or on a page of ours by link or portal. Every name is kept for ever."""

from datetime import datetime, time, timedelta

import msgspec

from bedside.accounts import audit
from bedside.contracts import store, store_versions, store_work
from bedside.contracts.about import about, sha256
from bedside.contracts.events import ContractSentToSign, ContractSigned
from bedside.contracts.model import (
    AlreadySigned,
    Contract,
    ContractOver,
    ContractStatus,
    ContractVersion,
    DatesRefused,
    PaperSignature,
    PartyRefused,
    SignatureWay,
    SigningLink,
    SigningLinkOver,
    SigningLinkUnknown,
    WordsChanged,
)
from bedside.contracts.reading import nothing_there, version_numbered
from bedside.contracts.store_versions import Link
from bedside.directory import hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.text import one_line
from bedside.kit.tokens import hashed, new_token

LINK_LASTS = timedelta(days=30)

_public_url = "http://localhost:7002"


def install_public_url(url: str) -> None:
    """Hands over the address that links to sign by carry. Called once, by app and worker."""
    global _public_url  # only settings reads the environment, and it lies above this room
    _public_url = url.rstrip("/")


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What a link leads to: the contract, the version to be signed, and by whom."""

    contract: Contract
    version: ContractVersion
    owner_id: int
    language: str


async def sign_on_paper(
    tx: Tx, *, contract_id: int, signature: PaperSignature, actor: Actor, owner_id: int | None = None, pointer: str = ""
) -> ContractVersion:
    """Records that a party signed on paper: the owner `signature` names, else `owner_id`, else the first party.

    Raises NoSuchContract, NoSuchVersion (404), AlreadySigned, ContractOver (409), PartyRefused, DatesRefused (422).
    """
    one = await _locked(tx, contract_id)
    version = version_numbered(await store_versions.versions(tx, [contract_id]), signature.version)
    party = None if signature.party == "hospital" else (signature.owner_id or owner_id or one.owner_id)
    place = await hospital(tx, one.hospital_id)
    if signature.signed_on > tx.now.astimezone(place.zone).date():
        raise DatesRefused("Nobody signs in the future.", pointer=f"{pointer}/signedOn", next_step="Give a past day.")
    if signature.signed_on.year < 1990:
        raise DatesRefused("This is no day that anybody signed on.", pointer=f"{pointer}/signedOn")
    if signature.file_id is not None and not await store_work.file_belongs(
        tx, contract_id=contract_id, file_id=signature.file_id
    ):
        raise Invalid(
            "The contract has no document with this file.",
            pointer=f"{pointer}/fileId",
            next_step="Upload the scan to the contract first, and name its fileId here.",
        )
    # a paper has a day, no time; a signature of today is not before what was written today
    signed_at = min(tx.now, datetime.combine(signature.signed_on, time(12), tzinfo=place.zone))
    return await _sign(
        tx,
        one,
        version,
        owner_id=party,
        name=signature.signer_name,
        position=signature.signer_position,
        how="paper",
        file_id=signature.file_id,
        signed_at=signed_at,
        actor=actor,
        pointer=pointer,
    )


async def sign_here(
    tx: Tx,
    *,
    contract_id: int,
    version_id: int,
    owner_id: int,
    name: str,
    position: str,
    read_sha256: str,
    how: SignatureWay,
    address: str | None,
    user_agent: str,
    actor: Actor,
) -> ContractVersion:
    """Signs a version on a page of ours, once. `read_sha256`: the fingerprint of the words that were shown.

    Raises WordsChanged (409) where these are not the version's, AlreadySigned, ContractOver (409), Invalid (422).
    """
    one = await _locked(tx, contract_id)
    version = await store_versions.version(tx, version_id)
    if version is None or version.contract_id != contract_id:
        raise nothing_there()
    if read_sha256 != version.words_sha256 or sha256(version.words).hex() != version.words_sha256:
        raise WordsChanged(
            "The words are not those that were sent to you. Nothing was signed.",
            next_step="Open the page again and read them anew.",
        )
    return await _sign(
        tx,
        one,
        version,
        owner_id=owner_id,
        name=name,
        position=position,
        how=how,
        address=address,
        user_agent=user_agent[:500],
        signed_at=tx.now,
        actor=actor,
    )


async def send_to_sign(
    tx: Tx, *, contract_id: int, actor: Actor, number: int | None = None, sent_to: str = ""
) -> list[SigningLink]:
    """Makes a link for every owner who has not signed a version yet, ends those from before, and says that it was sent.

    What reacts to ContractSentToSign sends it. Raises NoSuchContract, NoSuchVersion (404), AlreadySigned (409).
    """
    one = await _locked(tx, contract_id)
    version = version_numbered(await store_versions.versions(tx, [contract_id]), number)
    signed = {each.owner_id for each in await store_versions.signatures(tx, contract_id)
              if each.version_number == version.number}  # fmt: skip
    waiting = [owner_id for owner_id in version.owner_ids if owner_id not in signed]
    if not waiting:
        raise AlreadySigned(
            f"Version {version.number} is signed by every party.", next_step="Write an amendment to change the terms."
        )
    names = await store.owner_names(tx, waiting)
    made = []
    for owner_id in waiting:
        await store_versions.revoke_links(tx, contract_id=contract_id, owner_id=owner_id)
        token, link_id = await _new_link(tx, version_id=version.id, owner_id=owner_id, sent_to=sent_to, actor=actor)
        made.append(
            SigningLink(
                id=link_id,
                owner_id=owner_id,
                owner_name=names.get(owner_id, ""),
                version_number=version.number,
                link=_address(token),
                expires_at=tx.now + LINK_LASTS,
            )
        )
    await audit(
        tx, actor=actor, action="contract.sent_to_sign", subject="contract", subject_id=contract_id,
        after={"version": version.number, "owner_ids": waiting},
    )  # fmt: skip
    for owner_id in waiting:
        event = ContractSentToSign(
            version_id=version.id, version_number=version.number, **(about(one) | {"owner_id": owner_id})
        )
        await record(tx, event, actor=actor)
    return made


async def signing_link(tx: Tx, *, version_id: int, owner_id: int, actor: Actor) -> str:
    """A fresh link by which an owner reads and signs a version: for a message that is about to leave."""
    token, _ = await _new_link(tx, version_id=version_id, owner_id=owner_id, sent_to="message", actor=actor)
    return _address(token)


async def open_link(tx: Tx, token: str) -> Opened:
    """What a link leads to. Changes nothing. Raises SigningLinkUnknown (404), SigningLinkOver (410)."""
    link = await store_versions.link(tx, hashed(token))
    if link is None:
        raise SigningLinkUnknown(
            "This link leads nowhere.",
            next_step="It may have been cut off on its way: open it from the message once more, or call the hospital.",
        )
    one = await store.contract(tx, link.contract_id)
    version = await store_versions.version(tx, link.version_id)
    if one is None or version is None:  # a link's foreign keys keep both
        raise nothing_there()
    over = _over(tx.now, link, one)
    if over is not None:
        raise SigningLinkOver(
            {
                "signed": "This was signed already.",
                "revoked": "This link was withdrawn.",
                "expired": "This link has run out.",
                "ended": "The contract has ended.",
            }[over],
            next_step="Please call the hospital."
            if over != "signed"
            else "There is nothing left to do; keep your copy.",
            because=over,
            signed_at=None if link.signed_at is None else link.signed_at.isoformat(),
            language=link.language,
        )
    return Opened(contract=one, version=version, owner_id=link.owner_id, language=link.language)


def _over(now: datetime, link: Link, one: Contract) -> str | None:
    """Why a link no longer opens anything; None while it does. Pure."""
    if link.signed_at is not None:
        return "signed"
    if link.revoked_at is not None:
        return "revoked"
    if link.expires_at <= now:
        return "expired"
    ended = one.archived_at is not None or one.status in (ContractStatus.TERMINATED, ContractStatus.EXPIRED)
    return "ended" if ended else None


async def _locked(tx: Tx, contract_id: int) -> Contract:
    """A contract that can still be signed, held so that two last signatures come one after the other."""
    one = await store.lock_contract(tx, contract_id)
    if one is None:
        raise nothing_there()
    if one.archived_at is not None:
        raise ContractOver("This contract was put away.", next_step="Bring it back before it is signed.")
    if one.status is ContractStatus.TERMINATED:
        raise ContractOver("This contract was terminated, so nobody signs it any more.", next_step="Add a new one.")
    return one


async def _sign(
    tx: Tx,
    one: Contract,
    version: ContractVersion,
    *,
    owner_id: int | None,
    name: str,
    position: str,
    how: SignatureWay,
    signed_at: datetime,
    actor: Actor,
    file_id: int | None = None,
    address: str | None = None,
    user_agent: str = "",
    pointer: str = "",
) -> ContractVersion:
    if owner_id is not None and owner_id not in version.owner_ids:
        raise PartyRefused(
            f"Version {version.number} does not name this owner.",
            pointer=f"{pointer}/ownerId",
            next_step="Its terms say who its parties are.",
        )
    signer = one_line(name, pointer=f"{pointer}/signerName")
    made = await store_versions.insert_signature(
        tx,
        {
            "contract_id": one.id, "version_id": version.id, "owner_id": owner_id, "signer_name": signer,
            "signer_position": one_line(position, pointer=f"{pointer}/signerPosition", needed=False), "how": how,
            "words_sha256": bytes.fromhex(version.words_sha256), "file_id": file_id, "address": address,
            "user_agent": user_agent, "recorded_by_name": actor.name if how == "paper" else "",
            "signed_at": signed_at,
        },
    )  # fmt: skip
    if made is None:
        raise AlreadySigned(
            f"Version {version.number} was signed by this party already.", next_step="Look at the signatures."
        )
    after = await store_versions.version(tx, version.id)
    if after is None:  # nothing deletes a version
        raise nothing_there()
    # the hospital's own name is kept, but it is the owners' that make a version hold
    all_signed = owner_id is not None and after.signed_at is not None
    if all_signed and one.signed_at is None:
        await store.update_contract(tx, msgspec.structs.replace(one, signed_at=after.signed_at))
    await audit(
        tx, actor=actor, action="contract.signed", subject="contract", subject_id=one.id,
        after={"version": version.number, "owner_id": owner_id, "signer_name": signer, "how": how,
               "words_sha256": version.words_sha256},
    )  # fmt: skip
    await record(
        tx,
        ContractSigned(
            version_id=version.id,
            version_number=version.number,
            effective_from=version.effective_from,
            signer_name=signer,
            how=how,
            all_signed=all_signed,
            party="hospital" if owner_id is None else "owner",
            **(about(one) | {"owner_id": owner_id or one.owner_id}),
        ),
        actor=actor,
    )
    return after


async def _new_link(tx: Tx, *, version_id: int, owner_id: int, sent_to: str, actor: Actor) -> tuple[str, int]:
    token = new_token()
    link_id = await store_versions.insert_link(
        tx,
        token_hash=hashed(token),
        version_id=version_id,
        owner_id=owner_id,
        sent_to=sent_to,
        lasts=LINK_LASTS,
        created_by_name=actor.name,
    )
    return token, link_id


def _address(token: str) -> str:
    return f"{_public_url}/sign/{token}"
