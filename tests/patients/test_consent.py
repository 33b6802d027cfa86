"""Consent is a history: kept with when, how and in which words; the newest word for a channel and purpose holds."""

import httpx
import pytest
from psycopg.errors import RestrictViolation

from bedside.event_log import SYSTEM
from bedside.kit.database import Tx
from bedside.patients import reachability, record_consent
from tests.queries import QueryCount
from tests.web import AsRole
from tests.world import SmallWorld


async def test_the_newest_word_is_in_force(tx: Tx, world: SmallWorld) -> None:
    assert (await reachability(tx, world.maria.id)).opted_in("sms")
    for granted, how in ((False, "answered STOP"), (True, "form at the desk"), (False, "told staff")):
        await record_consent(
            tx, patient_id=world.maria.id, channel="sms", purpose="marketing", granted=granted, how=how, actor=SYSTEM
        )
    reach = await reachability(tx, world.maria.id)
    assert reach.refuses("sms", "marketing")
    assert not reach.opted_in("sms")
    assert not reach.refuses("sms")
    assert reach.opted_in("whatsapp")


async def test_who_refuses_a_channel_gets_no_marketing_on_it(tx: Tx, world: SmallWorld) -> None:
    await record_consent(
        tx, patient_id=world.maria.id, channel="email", purpose="transactional", granted=False, how="told", actor=SYSTEM
    )
    reach = await reachability(tx, world.maria.id)
    assert reach.refuses("email", "marketing")
    assert not reach.opted_in("email")


async def test_how_somebody_is_reached_takes_one_query(tx: Tx, world: SmallWorld, query_count: QueryCount) -> None:
    with query_count() as queries:
        leila, silent = await reachability(tx, world.leila.id), await reachability(tx, world.silent.id)
    assert len(queries) == 2
    assert (leila.address_on("whatsapp"), leila.language, leila.preferred_channel) == ("+17185550133", "ar", "whatsapp")
    assert leila.time_zone == "America/New_York"
    assert [silent.refuses(channel) for channel in ("sms", "whatsapp", "email")] == [True, True, True]
    assert silent.address_on("email") is None


async def test_history_is_never_rewritten(tx: Tx, world: SmallWorld) -> None:
    with pytest.raises(RestrictViolation):
        async with tx.savepoint():
            await tx.execute("update crm.consents set granted = true")


async def test_it_is_told_over_the_api(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    frida, consents = await as_role("front_desk"), f"/api/patients/{world.james.id}/consents"
    said = {"channel": "whatsapp", "purpose": "marketing", "granted": True, "how": "phone call", "words": "Yes please."}
    assert (await client.post(consents, json=said, headers=frida)).status_code == 201
    [kept] = (await client.get(consents, headers=frida)).json()["items"]
    assert (kept["words"], kept["recordedBy"]) == ("Yes please.", kept["recordedBy"])
    assert kept["recordedBy"].startswith("Front Desk")
    assert (await client.post(consents, json=said, headers=await as_role("clinician"))).status_code == 403
    assert (await client.get("/api/patients/999999/consents", headers=frida)).status_code == 404
