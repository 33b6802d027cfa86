"""SQL of contracts' documents, of warnings before their end, and of what is due by the calendar."""

from typing import Any, LiteralString

from bedside.contracts.model import ContractDocument
from bedside.event_log import Happening
from bedside.kit.database import Tx

_DOCUMENT: LiteralString = """
select d.id, d.contract_id, v.number as version_number, d.file_id, f.name as file_name, f.media_type, f.size,
       encode(d.sha256, 'hex') as sha256, d.title, d.kind, d.created_by_name, d.created_at, d.archived_at
from crm.contract_documents d
join crm.files f on f.id = d.file_id
left join crm.contract_versions v on v.id = d.version_id
"""


async def documents(tx: Tx, contract_id: int) -> list[ContractDocument]:
    """A contract's documents that are not put away, the latest first."""
    return await tx.all(
        ContractDocument,
        _DOCUMENT + "where d.contract_id = %(id)s and d.archived_at is null order by d.id desc",
        id=contract_id,
    )


async def document(tx: Tx, document_id: int) -> ContractDocument | None:
    """One document, put away or not."""
    return await tx.maybe(ContractDocument, _DOCUMENT + "where d.id = %(id)s", id=document_id)


async def insert_document(tx: Tx, row: dict[str, Any]) -> int:
    """Puts a file with a contract."""
    return int(
        await tx.value(
            """insert into crm.contract_documents (contract_id, version_id, file_id, sha256, title, kind,
                   created_by_name, created_at)
               values (%(contract_id)s, %(version_id)s, %(file_id)s, %(sha256)s, %(title)s, %(kind)s,
                   %(created_by_name)s, %(now)s)
               returning id""",
            **row,
        )
    )


async def archive_document(tx: Tx, *, document_id: int, archived: bool) -> None:
    """Puts a document away, or brings it back."""
    await tx.execute(
        """update crm.contract_documents set archived_at = case when %(archived)s then %(now)s end
           where id = %(id)s""",
        id=document_id,
        archived=archived,
    )


async def file_belongs(tx: Tx, *, contract_id: int, file_id: int) -> bool:
    """Whether a file is a document of a contract, so that a signature may name it as its scan."""
    return bool(
        await tx.value(
            """select exists (select from crm.contract_documents
                              where contract_id = %(contract_id)s and file_id = %(file_id)s)""",
            contract_id=contract_id,
            file_id=file_id,
        )
    )


# By the calendar of its hospital: near its end (or the last day to give notice, where it goes on by itself), or there.
_DUE: LiteralString = """
select c.id from crm.owner_contracts c join crm.hospitals h on h.id = c.hospital_id
where c.id > %(after_id)s and c.signed_at is not null and c.archived_at is null and c.terminated_on is null
  and c.ends_on is not null
  and ((c.ends_on >= (%(now)s at time zone h.time_zone)::date
        and c.ends_on - case when c.renewal = 'automatic' then c.notice_days else 0 end
            <= (%(now)s at time zone h.time_zone)::date + 90)
       or (c.renewal = 'automatic' and c.ends_on <= (%(now)s at time zone h.time_zone)::date))
order by c.id limit %(limit)s
"""


async def due(tx: Tx, *, after_id: int, limit: int = 200) -> list[int]:
    """Contracts that may have to be warned of or renewed today, by id."""
    return [row[0] for row in await tx.rows(_DUE, after_id=after_id, limit=limit)]


async def warned(tx: Tx, *, contract_id: int) -> set[tuple[str, int]]:
    """The warnings that went out for a contract: the end they were about, and how many days ahead."""
    found = await tx.rows(
        "select ends_on::text, days_ahead from crm.contract_warnings where contract_id = %(id)s", id=contract_id
    )
    return {(row[0], row[1]) for row in found}


async def insert_warnings(tx: Tx, *, contract_id: int, ends_on: Any, days: list[int]) -> int:
    """Notes that warnings went out; gives how many of them had not before."""
    return await tx.execute(
        """insert into crm.contract_warnings (contract_id, ends_on, days_ahead, created_at)
           select %(contract_id)s, %(ends_on)s, unnest(%(days)s::smallint[]), %(now)s on conflict do nothing""",
        contract_id=contract_id,
        ends_on=ends_on,
        days=days,
    )


async def events(tx: Tx, *, contract_id: int, owner_ids: list[int]) -> list[Happening]:
    """What happened to a contract, newest first. Its events stand on its owners' timelines, and are found there."""
    return await tx.all(
        Happening,
        """select id, kind, occurred_at, hospital_id, patient_id, owner_id, subject, subject_id, actor_kind, actor_id,
                  actor_name, seen_with, data
           from crm.event_log
           where owner_id = any(%(owner_ids)s) and subject = 'contract' and subject_id = %(contract_id)s
           order by id desc limit 500""",
        contract_id=contract_id,
        owner_ids=owner_ids,
    )


async def service_lines(tx: Tx, *, hospital_id: int) -> list[str]:
    """The service lines that the contracts of a hospital name, for choosing among."""
    found = await tx.rows(
        """select distinct rule ->> 'serviceLine' from crm.contract_versions v
           join crm.owner_contracts c on c.id = v.contract_id
           cross join lateral jsonb_array_elements(v.terms -> 'rules') rule
           where c.hospital_id = %(hospital_id)s and rule ->> 'serviceLine' is not null order by 1 limit 100""",
        hospital_id=hospital_id,
    )
    return [row[0] for row in found]
