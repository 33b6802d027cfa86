"""The owners' side of the demonstration: who they are, what was agreed, what was earned, and four months of payouts."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from bedside.accounts import SignedIn
from bedside.contracts import (
    ContractDetails,
    Deduction,
    Guarantee,
    NewContract,
    NewVersion,
    PaperSignature,
    PartyShare,
    ShareRule,
    Terms,
    Tier,
    add_contract,
    amend,
    sign_on_paper,
)
from bedside.demo.desk import Deed
from bedside.demo.hearing import some_answers, some_talks
from bedside.demo.ownership import CONTACTS, OWNERS, some_takings
from bedside.demo.small import SmallWorld
from bedside.directory import Hospital
from bedside.kit.database import Tx
from bedside.owner_relations.history import NewCommunication, add_communication
from bedside.owners import (
    NewContact,
    NewOwner,
    NewPaymentDetails,
    OwnerConsentGiven,
    PaymentMethod,
    StakeGiven,
    add_contact,
    add_owner,
    record_owner_consent,
    set_payment_details,
    set_stakes,
)
from bedside.payouts import PayingAccountGiven, set_paying_account
from bedside.payouts.history import (
    NewPayout,
    NewRevenueEntry,
    approve,
    close_period,
    draft_one,
    pay,
    record_entries,
    write_down,
)

MONTHS = 4  # whole months of revenue before this one


async def some_ownership(tx: Tx, random: Random, world: SmallWorld) -> list[Deed]:
    """Adds owners and contracts as of long ago, and gives what was done since, to be done among everything else."""
    then = tx.dated(tx.now - timedelta(days=94))
    finance = world.user(world.fatima)
    ids = await _owners(then, world, finance)
    contracts = await _contracts(then, world, ids, finance)
    await _paying_accounts(then, world, finance)
    today = tx.now.astimezone(world.bellevue.zone).date()
    deeds = some_talks(world, ids, tx.now, finance)
    deeds += some_answers(ids, {one.key: one.name for one in OWNERS}, today, tx.now, finance)
    deeds += _new_terms(world, ids["harbor"], contracts[0][0].id, _month(today, 1), finance)
    months = [_month(today, back) for back in range(MONTHS, -1, -1)]
    for month in months:
        deeds += _earned(random, world, month, today, tx.now, finance)
    for back, month in zip(range(MONTHS, 0, -1), months, strict=False):
        if back <= 3:  # the hospital began with the books of three months ago
            deeds += _paid(world, month, back, contracts, tx.now, finance, world.user(world.felix))
    deeds.append(_recorded(ids, months[-2], tx.now, finance))
    return [deed for deed in deeds if deed.at <= tx.now]


def _month(today: date, back: int) -> date:
    total = today.year * 12 + today.month - 1 - back
    return date(total // 12, total % 12 + 1, 1)


def _at(place: Hospital, day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), place.zone)


async def _owners(tx: Tx, world: SmallWorld, finance: SignedIn) -> dict[str, int]:
    places = {"bellevue": world.bellevue.id, "santa_lucia": world.santa_lucia.id}
    ids: dict[str, int] = {}
    for one in OWNERS:
        new = NewOwner(
            kind=one.kind,
            name=one.name,
            legal_name=one.legal_name,
            phone=one.phone,
            email=one.email,
            language=one.language,
            preferred_channel=one.preferred_channel,
            address=one.address,
            country=one.country,
            account_manager_id=world.fatima.id,
            hospital_ids=[places[key] for key, _ in one.stakes],
        )
        ids[one.key] = (await add_owner(tx, new=new, actor=finance)).id
        stakes = [StakeGiven(hospital_id=places[key], stake_percent=percent) for key, percent in one.stakes]
        await set_stakes(tx, owner_id=ids[one.key], stakes=stakes, actor=finance)
        if one.email and len(ids) % 2:  # every other of them has agreed to news
            said = OwnerConsentGiven(
                channel="email", purpose="marketing", granted=True, how="in a letter", words="Please keep me posted."
            )
            await record_owner_consent(tx, owner_id=ids[one.key], given=said, actor=finance)
        if one.bank:
            details = NewPaymentDetails(method=PaymentMethod.BANK_TRANSFER, details=one.bank)
            await set_payment_details(tx, owner_id=ids[one.key], new=details, actor=finance)
    for owner, name, position, phone, email in CONTACTS:
        contact = NewContact(name=name, position=position, phone=phone, email=email)
        await add_contact(tx, owner_id=ids[owner], new=contact, actor=finance)
    return ids


def _share(owner_id: int, percent: str) -> PartyShare:
    return PartyShare(owner_id=owner_id, percent=percent)


async def _contracts(
    tx: Tx, world: SmallWorld, ids: dict[str, int], finance: SignedIn
) -> list[tuple[ContractDetails, int]]:
    """The contracts, each with an owner who is paid by it."""
    today = tx.now.astimezone(world.bellevue.zone).date()
    begins = date(today.year - 1, 1, 1)
    signed = begins - timedelta(days=20)

    async def agree(owner: str, signer: str, place: Hospital, **more: Any) -> ContractDetails:
        new = NewContract(
            hospital_id=place.id,
            starts_on=more.pop("starts_on", begins),
            signature=PaperSignature(signer_name=signer, signed_on=signed) if signer else None,
            signatures=[PaperSignature(signer_name=world.ada.name, signed_on=signed, party="hospital")]
            if signer
            else [],
            **more,
        )
        return await add_contract(tx, owner_id=ids[owner], new=new, actor=finance)

    harbor = await agree("harbor", "Thomas Reed", world.bellevue, title="Revenue share, Bellevue", owner_percent="30")
    grace = ids["grace"]
    clinic = await agree(
        "grace", "Grace Bellamy", world.bellevue, title="Cardiology partnership",
        terms=Terms(
            rules=[ShareRule(department_id=world.cardiology.id, tiers=[Tier(shares=[_share(grace, "9")])])],
            guarantees=[Guarantee(owner_id=grace, amount="12000.00", period="month")],
        ),
    )  # fmt: skip
    imaging_id = ids["imaging"]
    imaging = await agree(
        "imaging", "Walter Ng", world.bellevue, title="Imaging services",
        ends_on=(tx.now + timedelta(days=94 + 52)).date(), renewal="automatic", renewal_months=12,
        terms=Terms(
            rules=[
                ShareRule(
                    service_line="imaging", method="marginal",
                    deductions=[
                        Deduction(name="Billing fee", percent="3"), Deduction(name="Film archive", amount="450.00"),
                    ],
                    tiers=[
                        Tier(from_amount="0", to_amount="40000.00", shares=[_share(imaging_id, "20")]),
                        Tier(from_amount="40000.00", to_amount="90000.00", shares=[_share(imaging_id, "25")]),
                        Tier(from_amount="90000.00", shares=[_share(imaging_id, "30")]),
                    ],
                )
            ]
        ),
    )  # fmt: skip
    tanaka = await agree(
        "tanaka", "Dr. Kenji Tanaka", world.bellevue, title="Laboratory share",
        terms=Terms(
            rules=[ShareRule(service_line="laboratory", tiers=[Tier(shares=[_share(ids["tanaka"], "12.5")])])]
        ),
    )  # fmt: skip
    await agree("haddad", "", world.bellevue, title="Dermatology partnership", owner_percent="4", starts_on=today)
    lucia_id, mora_id = ids["lucia"], ids["mora"]
    lucia = await add_contract(
        tx,
        owner_id=lucia_id,
        new=NewContract(
            hospital_id=world.santa_lucia.id,
            title="Participación de ingresos",
            starts_on=begins,
            terms=Terms(
                rules=[
                    ShareRule(
                        method="slab",
                        tiers=[
                            Tier(
                                from_amount="0",
                                to_amount="900000.00",
                                shares=[_share(lucia_id, "35"), _share(mora_id, "7.5"), PartyShare()],
                            ),
                            Tier(
                                from_amount="900000.00",
                                shares=[_share(lucia_id, "40"), _share(mora_id, "7.5"), PartyShare()],
                            ),
                        ],
                    )
                ]
            ),
            signatures=[
                PaperSignature(signer_name="Elena Fuentes", signed_on=signed, owner_id=lucia_id),
                PaperSignature(signer_name="Dra. Lucía Mora", signed_on=signed, owner_id=mora_id),
            ],
        ),
        actor=finance,
    )
    return [
        (harbor, ids["harbor"]), (clinic, grace), (imaging, imaging_id), (tanaka, ids["tanaka"]), (lucia, lucia_id),
        (lucia, mora_id),
    ]  # fmt: skip


async def _paying_accounts(tx: Tx, world: SmallWorld, finance: SignedIn) -> None:
    """The accounts that both hospitals pay their owners from."""
    bellevue = PayingAccountGiven(
        holder="Bellevue Hospital Trust",
        account_number="000220033440",
        routing_number="021000021",
        bank_name="First Harbor Bank",
    )
    santa_lucia = PayingAccountGiven(
        holder="Clinica Santa Lucia", account_number="002180098765432104", bic="BVALMXMM", bank_name="Banco del Valle"
    )
    await set_paying_account(tx, hospital_id=world.bellevue.id, given=bellevue, actor=finance)
    await set_paying_account(tx, hospital_id=world.santa_lucia.id, given=santa_lucia, actor=finance)


def _new_terms(world: SmallWorld, owner_id: int, contract_id: int, since: date, finance: SignedIn) -> list[Deed]:
    """Harbor's share rises from the first of last month: agreed on at a table, then signed, some days before."""
    met_at = _at(world.bellevue, since - timedelta(days=11), 14)
    signed_on = since - timedelta(days=8)
    meeting = NewCommunication(
        kind="meeting",
        subject=f"New terms from {since:%B}",
        body="Agreed on 32 percent. Priya brings the signed copy.",
        happened_at=met_at,
        duration_minutes=60,
    )
    change = NewVersion(
        effective_from=since, owner_percent="32", reason="Harbor takes over the lease of the imaging suite."
    )

    async def agree(tx: Tx) -> None:
        version = await amend(tx, contract_id=contract_id, new=change, actor=finance)
        paper = PaperSignature(signer_name="Thomas Reed", signed_on=signed_on, version=version.number)
        await sign_on_paper(tx, contract_id=contract_id, signature=paper, actor=finance)

    return [
        Deed(met_at + timedelta(hours=2), _doing(add_communication, owner_id=owner_id, new=meeting, actor=finance)),
        Deed(_at(world.bellevue, signed_on, 15, 30), agree),
    ]


def _earned(
    random: Random, world: SmallWorld, month: date, today: date, now: datetime, finance: SignedIn
) -> list[Deed]:
    """What both hospitals earned in a month, recorded by the billing office on the second of the next."""
    deeds = []
    following = _month(month, -1)
    for place, unit in ((world.bellevue, 180_000), (world.santa_lucia, 1_650_000)):
        until = min(following - timedelta(days=1), today - timedelta(days=1))
        if until < month:
            continue
        departments = [one.id for one in world.every_department if one.hospital_id == place.id]
        entries = [
            NewRevenueEntry(
                hospital_id=place.id,
                department_id=one.department,
                service_line=one.line,
                revenue_on=one.day,
                amount=f"{one.amount / 100:.2f}",
                kind=one.kind,
                source="billing",
                external_id=f"{place.slug}-{one.day}-{number}",
            )
            for number, one in enumerate(some_takings(random, departments, since=month, until=until, unit=unit))
        ]
        at = _at(place, following + timedelta(days=1), 6, 10) if following <= today else now - timedelta(hours=9)
        at = max(at, now - timedelta(days=93))
        deeds.append(Deed(at, _doing(record_entries, new=entries, actor=finance)))
    return deeds


def _doing(what: Callable[..., Awaitable[Any]], **facts: Any) -> Callable[[Tx], Awaitable[Any]]:
    return lambda tx: what(tx, **facts)


def _paid(
    world: SmallWorld,
    month: date,
    back: int,
    contracts: list[tuple[ContractDetails, int]],
    now: datetime,
    finance: SignedIn,
    second: SignedIn,
) -> list[Deed]:
    """A month's payouts: drafted on the fourth, approved by a colleague, paid two days later; the last month is under
    way, and the months before it are closed."""
    deeds: list[Deed] = []
    following = _month(month, -1)
    made: dict[int, int] = {}
    for number, (contract, owner_id) in enumerate(contracts):
        place = world.santa_lucia if contract.hospital_id == world.santa_lucia.id else world.bellevue
        drafted = max(_at(place, following + timedelta(days=3), 10, number), now - timedelta(days=92, minutes=-number))

        async def draft(tx: Tx, contract_id: int = contract.id, owner_id: int = owner_id, number: int = number) -> None:
            row = await draft_one(tx, contract_id=contract_id, owner_id=owner_id, period=month, actor=finance)
            made[number] = row.id

        async def agree(tx: Tx, number: int = number) -> None:
            await approve(tx, payout_id=made[number], actor=second)

        async def hand_over(tx: Tx, number: int = number) -> None:
            by_check = contracts[number][0].title == "Laboratory share"
            await pay(
                tx,
                payout_id=made[number],
                payment_method="check" if by_check else None,
                payment_reference=f"{1040 + back}" if by_check else "",
                actor=finance,
            )

        under_way = back == 1
        waits_for_approval = under_way and number in (3, 5)
        waits_for_payment = under_way and number in (1, 4)
        deeds.append(Deed(drafted, draft))
        if not waits_for_approval:
            deeds.append(Deed(drafted + timedelta(days=2, hours=1), agree))
            if not waits_for_payment:
                deeds.append(Deed(drafted + timedelta(days=4, hours=3), hand_over))
    if back > 1:
        for place in (world.bellevue, world.santa_lucia):
            at = max(_at(place, following + timedelta(days=12), 16), now - timedelta(days=80))
            deeds.append(Deed(at, _doing(close_period, hospital_id=place.id, period=month, actor=second)))
    return deeds


def _recorded(ids: dict[str, int], month: date, now: datetime, finance: SignedIn) -> Deed:
    """A payment that was made by telephone and written down afterwards; nobody has reviewed it yet."""
    new = NewPayout(
        amount="5000.00",
        period=f"{month:%Y-%m}",
        payment_method="bank_transfer",
        reference_number=f"WIRE-{month:%Y%m}-7731",
        note="Advance, agreed on the phone",
    )
    return Deed(now - timedelta(days=3, hours=2), _doing(write_down, owner_id=ids["grace"], new=new, actor=finance))
