"""SQL that writes many patients at once, for a demonstration and for measurements."""

from typing import Any

import msgspec

from bedside.kit.database import Tx


async def insert_many(tx: Tx, rows: list[dict[str, Any]]) -> list[int]:
    """Adds patients in the order given, with the first phone and email and what they agreed to; gives their ids."""
    written = msgspec.json.encode(rows).decode()
    found = await tx.rows(
        """insert into crm.patients (record_number, first_name, last_name, date_of_birth, sex, language,
               preferred_channel, hospital_id, address, created_at, updated_at)
           select nextval('crm.record_numbers')::text, first_name, last_name, date_of_birth, sex, language,
                  preferred_channel, hospital_id, address, at, at
           from rows from (jsonb_to_recordset(%(rows)s::jsonb) as (first_name text, last_name text, date_of_birth date,
               sex text, language text, preferred_channel text, hospital_id bigint, address text, at timestamptz))
               with ordinality
           order by ordinality returning id""",
        rows=written,
    )
    ids = [row[0] for row in found]
    await tx.execute(
        """with given as (
               select ids.id, r.* from unnest(%(ids)s::bigint[]) with ordinality ids (id, place)
               join (select * from rows from (jsonb_to_recordset(%(rows)s::jsonb) as (phone text, email text,
                         takes_whatsapp boolean, consents jsonb, at timestamptz)) with ordinality) r
                 on r.ordinality = ids.place),
           phones as (
               insert into crm.contact_points (patient_id, kind, value, takes_whatsapp, created_at)
               select id, 'phone', phone, takes_whatsapp, at from given where phone is not null),
           emails as (
               insert into crm.contact_points (patient_id, kind, value, created_at)
               select id, 'email', email, at from given where email is not null)
           insert into crm.consents (patient_id, channel, purpose, granted, how, words, recorded_by, at)
           select id, c.channel, c.purpose, c.granted, c.how, c.words, 'Front desk', at
           from given, jsonb_to_recordset(consents)
               as c (channel text, purpose text, granted boolean, how text, words text)""",
        ids=ids,
        rows=written,
    )
    return ids


async def insert_vaccinations(tx: Tx, rows: list[dict[str, Any]]) -> list[int]:
    """Adds doses in the order given; gives their ids."""
    found = await tx.rows(
        """insert into crm.vaccinations (patient_id, vaccine, dose, due_on, given_on, hospital_id, lot_number,
               created_at, updated_at)
           select patient_id, vaccine, dose, due_on, given_on, hospital_id, lot_number, %(now)s, %(now)s
           from rows from (jsonb_to_recordset(%(rows)s::jsonb) as (patient_id bigint, vaccine text, dose smallint,
               due_on date, given_on date, hospital_id bigint, lot_number text)) with ordinality
           order by ordinality returning id""",
        rows=msgspec.json.encode(rows).decode(),
    )
    return [row[0] for row in found]
