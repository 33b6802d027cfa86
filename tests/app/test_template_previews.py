"""A template read with a real patient shows no visit that whoever looks may not see."""

from datetime import timedelta

import httpx

from bedside.kit.database import Database
from bedside.message_templates import ship_templates
from tests.web import AsRole
from tests.world import SmallWorld


async def test_a_visit_at_another_hospital_stays_unseen_in_a_preview(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, database: Database
) -> None:
    async with database.transaction() as tx:
        patient = await tx.value(
            """insert into crm.patients (record_number, first_name, last_name, hospital_id, created_at, updated_at)
               values ('P-77', 'Nadia', 'Next', %(hospital)s, %(now)s, %(now)s) returning id""",
            hospital=world.bellevue.id,
        )
        doctor = await tx.value(
            """insert into crm.practitioners (first_name, last_name, prefix, created_at, updated_at)
               values ('Quentin', 'Quiet', 'Dr.', %(now)s, %(now)s) returning id"""
        )
        department = await tx.value(
            """insert into crm.departments (hospital_id, name, created_at, updated_at)
               values (%(hospital)s, 'Elsewhere', %(now)s, %(now)s) returning id""",
            hospital=world.santa_lucia.id,
        )
        await tx.execute(
            """insert into crm.appointments
                   (hospital_id, department_id, practitioner_id, patient_id, during, occupied, status, source,
                    booked_by_name, created_at, updated_at)
               values (%(hospital)s, %(department)s, %(doctor)s, %(patient)s, tstzrange(%(at)s, %(until)s),
                       tstzrange(%(at)s, %(until)s), 'scheduled', 'desk', 'Test', %(now)s, %(now)s)""",
            hospital=world.santa_lucia.id,
            department=department,
            doctor=doctor,
            patient=patient,
            at=tx.now + timedelta(days=3),
            until=tx.now + timedelta(days=3, minutes=30),
        )
        await ship_templates(tx)
        template = await tx.value("select id from communications.templates where key = 'appointment_reminder'")
    asked = {"channel": "sms", "language": "en", "patientId": patient}

    async def read_by(role: str, hospital: int) -> str:
        headers = await as_role(role, hospitals=[hospital])
        answer = await client.post(f"/api/templates/{template}/preview", json=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["body"])

    assert "Quentin Quiet" in await read_by("front_desk", world.santa_lucia.id)
    assert "Quentin Quiet" not in await read_by("front_desk", world.bellevue.id)
