"""How each hospital's mail looks: read, set, and handed to who renders mail."""

from collections.abc import Iterable

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid
from bedside.kit.text import many_lines
from bedside.message_templates import store_brands as store
from bedside.message_templates import store_pictures
from bedside.message_templates.brand_model import PLAIN, Brand, BrandGiven, Kit, contrasts


async def brand_of(tx: Tx, *, hospital_id: int) -> Brand:
    """How a hospital's mail looks, set or not. Raises NoSuchHospital (404)."""
    await hospital(tx, hospital_id)
    found = await store.brand(tx, hospital_id=hospital_id) or Brand(hospital_id=hospital_id)
    seen = contrasts(main=found.main, accent=found.accent, text_on_main=found.text_on_main)
    return msgspec.structs.replace(found, contrasts=seen)


async def set_brand(
    tx: Tx, *, hospital_id: int, given: BrandGiven, expected_version: int | None, actor: SignedIn
) -> Brand:
    """Puts this in place of what was, and gives it. Colours that read badly are kept, and said by `contrasts`.

    Raises Forbidden (403) for a hospital that is not theirs, NoSuchHospital (404), Changed (412), Invalid (422) for a
    logo that there is not.
    """
    actor.check_works_at(hospital_id)
    before = await brand_of(tx, hospital_id=hospital_id)
    check_version(expected=expected_version, actual=before.version)
    if given.logo_id is not None and await store_pictures.picture(tx, picture_id=given.logo_id) is None:
        raise Invalid("There is no such picture.", pointer="/logoId", next_step="Add the logo to the pictures first.")
    kept = msgspec.structs.replace(
        given,
        main=given.main.lower(),
        accent=given.accent.lower(),
        text_on_main=given.text_on_main.lower(),
        footer=many_lines(given.footer, pointer="/footer", longest=500),
    )
    await store.save_brand(tx, hospital_id=hospital_id, given=kept)
    after = await brand_of(tx, hospital_id=hospital_id)
    await audit(
        tx, actor=actor, action="change", subject="brand", subject_id=hospital_id,
        before=_audited(before), after=_audited(after),
    )  # fmt: skip
    return after


def _audited(brand: Brand) -> dict[str, object]:
    facts: dict[str, object] = msgspec.to_builtins(brand)
    return {name: value for name, value in facts.items() if name not in ("contrasts", "version", "updatedAt")}


async def kits_for(
    tx: Tx, *, hospital_ids: Iterable[int], patient_ids: Iterable[int] = ()
) -> tuple[dict[int, Kit], dict[int, Kit]]:
    """The kits of hospitals; and of patients by where they are at home, whose mail is signed by that hospital where no
    single one sends it."""
    wanted, patients = set(hospital_ids), set(patient_ids)
    homes = await store.homes_with_brand(tx, patient_ids=patients) if patients else {}
    found = await store.kits(tx, hospital_ids=wanted | set(homes.values())) if wanted or homes else {}
    return found, {patient: found[home] for patient, home in homes.items() if home in found}


async def kit_at(tx: Tx, hospital_id: int | None) -> Kit:
    """The kit of one hospital, or what everybody has."""
    if hospital_id is None:
        return PLAIN
    return (await store.kits(tx, hospital_ids=[hospital_id])).get(hospital_id, PLAIN)
