"""Many at once, over real HTTP: one slot has one winner, one key makes one visit."""

import asyncio
from collections import Counter

from tests.product import Product


async def test_of_fifty_people_after_one_slot_one_gets_it(product: Product) -> None:
    patients = (await product.get("/api/patients", limit=50, sort="id"))["items"]
    assert len(patients) == 50
    wanted = (await product.free_times(days_ahead=75))[0]
    body = {"practitionerId": 1, "startsAt": wanted}
    answers = await asyncio.gather(
        *(product.ask("POST", "/api/appointments", body | {"patientId": one["id"]}) for one in patients)
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 49}
    for answer in answers:
        if answer.status_code == 409:
            problem = answer.json()
            assert problem["type"] == "/problems/slot-taken"
            assert problem["alternatives"]
            assert (1, wanted) not in [(one["practitionerId"], one["startsAt"]) for one in problem["alternatives"]]
    booked = await product.get("/api/appointments", practitionerId=1, **{"from": wanted[:10], "to": wanted[:10]})
    assert [one["startsAt"] for one in booked["items"]] == [wanted]


async def test_the_same_request_twice_at_once_makes_one_visit(product: Product) -> None:
    patient = await product.somebody()
    body = {"patientId": patient["id"], "practitionerId": 1, "startsAt": (await product.free_times())[0]}
    key = {"idempotency-key": f"twice {patient['id']}"}
    answers = await asyncio.gather(*(product.ask("POST", "/api/appointments", body, **key) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.text for answer in answers}) == 1
    visits = await product.get("/api/appointments", patientId=patient["id"])
    assert [one["id"] for one in visits["items"]] == [answers[0].json()["id"]]
    other = await product.ask("POST", "/api/appointments", body | {"reason": "Something else"}, **key)
    assert other.status_code == 409
    # and one confirmation on the phone
    [_] = await product.received(patient["phone"], channel="sms")
