"""SQL of contracts' versions and of the signing log. Both are append-only: nothing here changes a row of them."""

from datetime import date, datetime, timedelta
from typing import Any, LiteralString

import msgspec

from bedside.contracts.model import ContractVersion, Signature
from bedside.contracts.terms import Terms
from bedside.kit.database import Tx

# A version is signed once every owner whom its terms name has signed it: then, when the last of them did.
_VERSION: LiteralString = """
select v.id, v.contract_id, v.number, v.effective_from, v.terms, v.words, encode(v.words_sha256, 'hex') as words_sha256,
       v.reason, v.owner_ids, v.created_by_name, v.created_at,
       (select case when count(distinct s.owner_id) = cardinality(v.owner_ids) and cardinality(v.owner_ids) > 0
                    then max(s.signed_at) end
        from crm.contract_signatures s where s.version_id = v.id and s.owner_id = any(v.owner_ids)) as signed_at
from crm.contract_versions v
"""


async def versions(tx: Tx, contract_ids: list[int]) -> list[ContractVersion]:
    """Every version of some contracts, in the order in which they begin."""
    return await tx.all(
        ContractVersion,
        _VERSION + "where v.contract_id = any(%(ids)s) order by v.contract_id, v.number",
        ids=contract_ids,
    )


async def version(tx: Tx, version_id: int) -> ContractVersion | None:
    """One version."""
    return await tx.maybe(ContractVersion, _VERSION + "where v.id = %(id)s", id=version_id)


async def insert_version(
    tx: Tx,
    *,
    contract_id: int,
    number: int,
    effective_from: date,
    terms: Terms,
    words: str,
    words_sha256: bytes,
    reason: str,
    created_by_id: int | None,
    created_by_name: str,
) -> int:
    """Writes a version down. The database refuses one that would overlap another."""
    return int(
        await tx.value(
            """insert into crm.contract_versions (contract_id, number, effective_from, terms, words, words_sha256,
                   reason, owner_ids, created_by_id, created_by_name, created_at)
               values (%(contract_id)s, %(number)s, %(effective_from)s, %(terms)s::jsonb, %(words)s, %(words_sha256)s,
                   %(reason)s, %(owner_ids)s, %(created_by_id)s, %(created_by_name)s, %(now)s)
               returning id""",
            contract_id=contract_id,
            number=number,
            effective_from=effective_from,
            terms=msgspec.json.encode(terms).decode(),
            words=words,
            words_sha256=words_sha256,
            reason=reason,
            owner_ids=terms.owner_ids,
            created_by_id=created_by_id,
            created_by_name=created_by_name,
        )
    )


async def insert_signature(tx: Tx, row: dict[str, Any]) -> int | None:
    """Puts a name under a version; None where this party has signed it already."""
    made: int | None = await tx.value(
        """insert into crm.contract_signatures (contract_id, version_id, owner_id, signer_name, signer_position, how,
               words_sha256, file_id, address, user_agent, recorded_by_name, signed_at)
           values (%(contract_id)s, %(version_id)s, %(owner_id)s, %(signer_name)s, %(signer_position)s, %(how)s,
               %(words_sha256)s, %(file_id)s, %(address)s, %(user_agent)s, %(recorded_by_name)s, %(signed_at)s)
           on conflict (version_id, coalesce(owner_id, 0)) do nothing
           returning id""",
        **row,
    )
    return made


async def signatures(tx: Tx, contract_id: int) -> list[Signature]:
    """The signing log of a contract, in the order in which names were put to it."""
    return await tx.all(
        Signature,
        """select s.id, v.number as version_number, s.owner_id, coalesce(o.name, h.name) as party_name, s.signer_name,
                  s.signer_position, s.how, encode(s.words_sha256, 'hex') as words_sha256, s.file_id,
                  host(s.address) as address, s.user_agent, s.recorded_by_name, s.signed_at
           from crm.contract_signatures s
           join crm.contract_versions v on v.id = s.version_id
           join crm.owner_contracts c on c.id = s.contract_id
           join crm.hospitals h on h.id = c.hospital_id
           left join crm.hospital_owners o on o.id = s.owner_id
           where s.contract_id = %(contract_id)s order by s.id""",
        contract_id=contract_id,
    )


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link to sign by, as it is kept: without its token."""

    id: int
    version_id: int
    contract_id: int
    owner_id: int
    expires_at: datetime
    revoked_at: datetime | None
    signed_at: datetime | None
    language: str


async def insert_link(
    tx: Tx, *, token_hash: bytes, version_id: int, owner_id: int, sent_to: str, lasts: timedelta, created_by_name: str
) -> int:
    """Keeps a new link; those before it for the same version and owner stay as they are."""
    return int(
        await tx.value(
            """insert into crm.contract_signing_links (token_hash, version_id, owner_id, sent_to, expires_at,
                   created_by_name, created_at)
               values (%(token_hash)s, %(version_id)s, %(owner_id)s, %(sent_to)s, %(now)s + %(lasts)s,
                   %(created_by_name)s, %(now)s)
               returning id""",
            token_hash=token_hash,
            version_id=version_id,
            owner_id=owner_id,
            sent_to=sent_to,
            lasts=lasts,
            created_by_name=created_by_name,
        )
    )


async def link(tx: Tx, token_hash: bytes) -> Link | None:
    """The link with a token, and when its owner signed what it leads to, by it or otherwise."""
    return await tx.maybe(
        Link,
        """select l.id, l.version_id, v.contract_id, l.owner_id, l.expires_at, l.revoked_at, o.language,
                  (select s.signed_at from crm.contract_signatures s
                   where s.version_id = l.version_id and s.owner_id = l.owner_id) as signed_at
           from crm.contract_signing_links l
           join crm.contract_versions v on v.id = l.version_id
           join crm.hospital_owners o on o.id = l.owner_id
           where l.token_hash = %(token_hash)s""",
        token_hash=token_hash,
    )


async def revoke_links(tx: Tx, *, contract_id: int, owner_id: int | None = None) -> None:
    """Ends the links by which a contract could still be signed, of one party or of all."""
    await tx.execute(
        """update crm.contract_signing_links l set revoked_at = %(now)s
           from crm.contract_versions v
           where v.id = l.version_id and v.contract_id = %(contract_id)s and l.revoked_at is null
             and (%(owner_id)s::bigint is null or l.owner_id = %(owner_id)s)""",
        contract_id=contract_id,
        owner_id=owner_id,
    )


async def sent_versions(tx: Tx, *, contract_ids: list[int], owner_id: int) -> dict[int, set[int]]:
    """The versions of contracts that were sent to an owner by link: ids of versions by contract."""
    found = await tx.rows(
        """select distinct v.contract_id, v.id from crm.contract_signing_links l
           join crm.contract_versions v on v.id = l.version_id
           where v.contract_id = any(%(ids)s) and l.owner_id = %(owner_id)s""",
        ids=contract_ids,
        owner_id=owner_id,
    )
    sent: dict[int, set[int]] = {}
    for contract_id, version_id in found:
        sent.setdefault(contract_id, set()).add(version_id)
    return sent


async def parties_shown(tx: Tx, *, contract_ids: list[int], owner_id: int) -> dict[int, set[int]]:
    """Whom the versions name that were sent to an owner or signed by them: ids of owners by contract."""
    found = await tx.rows(
        """select v.contract_id, array_agg(distinct party) from crm.contract_versions v
           cross join lateral unnest(v.owner_ids) party
           where v.contract_id = any(%(ids)s)
             and (exists (select from crm.contract_signatures s
                          where s.version_id = v.id and s.owner_id = %(owner_id)s)
                  or exists (select from crm.contract_signing_links l
                             where l.version_id = v.id and l.owner_id = %(owner_id)s))
           group by v.contract_id""",
        ids=contract_ids,
        owner_id=owner_id,
    )
    return {contract_id: set(parties) for contract_id, parties in found}


async def signed_by(tx: Tx, *, contract_ids: list[int], owner_id: int) -> set[int]:
    """The versions of contracts that an owner has signed."""
    found = await tx.rows(
        """select version_id from crm.contract_signatures
           where contract_id = any(%(ids)s) and owner_id = %(owner_id)s""",
        ids=contract_ids,
        owner_id=owner_id,
    )
    return {row[0] for row in found}
