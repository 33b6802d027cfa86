"""A campaign's audience of a million, counted and then frozen into its ledger: how long, how longest a transaction, and
whether memory stays flat. An argument gives another number of people."""

import json
import resource
import sys
import time

import psycopg

from bedside.accounts import Role, SignedIn
from bedside.campaigns import campaigns, store_campaigns, store_reach, store_rules
from bedside.campaigns.model import NewCampaign
from bedside.campaigns.rules import Rule
from bedside.campaigns.sending import freeze
from bedside.kit.database import Database
from bedside.message_templates import Channel
from bench._hospital import database, main

PEOPLE = 1_000_000
CHANNELS = [Channel.SMS, Channel.WHATSAPP, Channel.EMAIL]


def fill(url: str, people: int) -> None:
    """Patients of all ages with phone and mail, half of whom agreed to news by each channel."""
    with psycopg.connect(url, autocommit=True) as connection:
        run = connection.execute
        run("alter table crm.patients disable trigger user")
        run(
            """insert into crm.patients (record_number, first_name, last_name, date_of_birth, created_at, updated_at)
               select 'P' || n, 'Pat', 'Number', date '1937-01-01' + (n %% 32000), now(), now()
               from generate_series(1, %s) n""",
            (people,),
        )
        run("""insert into crm.contact_points (patient_id, kind, value, position, created_at)
               select id, kind, case kind when 'phone' then '+1' || 2000000000 + id
                                else 'p' || id || '@example.org' end, 0, now()
               from crm.patients, unnest(array['phone', 'email']) kind""")
        run("""insert into crm.consents (patient_id, channel, purpose, granted, how, recorded_by, at)
               select id, channel, 'marketing', (id + length(channel)) % 2 = 0, 'bench', 'Bench', now()
               from crm.patients, unnest(array['sms', 'whatsapp', 'email']) channel""")
        run("""insert into communications.senders (channel, address, name, provider, created_at, updated_at)
               values ('sms', '+12125550100', 'Bench', 'twilio', now(), now()),
                      ('whatsapp', '106540352242922', 'Bench', 'whatsapp_cloud', now(), now()),
                      ('email', 'bench@example.org', 'Bench', 'smtp', now(), now())""")
        run("vacuum analyze")


async def bare(pool: Database) -> float:
    """Seconds for the same lines into a table like the ledger, a statement for 10,000 people."""
    async with pool.transaction() as tx:
        await tx.execute("create table bare (like communications.campaign_recipients including all)")
        last = await tx.value("select max(person_id) from communications.campaign_recipients")
    began = time.perf_counter()
    for start in range(0, last, 10_000):
        async with pool.transaction() as tx:
            await tx.execute(
                """insert into bare select * from communications.campaign_recipients
                   where person_id > %(start)s and person_id <= %(start)s + 10000""",
                start=start,
            )
    return time.perf_counter() - began


def used() -> float:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(url: str) -> None:
    """Counts whom it reaches, freezes them, and prints what came of it."""
    pool = Database(url, pool_size=2)
    await pool.open()
    by = SignedIn(kind="system", name="Bench", role=Role.ADMIN)
    try:
        async with pool.transaction() as tx:
            rule = store_rules.compile_rule(Rule(), whose="patients", custom={})
            named, values = store_reach.people(rule, whose="patients", within=None, list_id=None)
            began = time.perf_counter()
            people, reached, _ = await store_reach.count(
                tx, named=named, values=values, whose="patients", channels=[str(one) for one in CHANNELS]
            )
            counted = time.perf_counter() - began
        new = NewCampaign(name="Bench", message="Hello", channels=CHANNELS, target_audience="all_patients")
        async with pool.transaction() as tx:
            campaign = await campaigns.add(tx, new=new, user=by)
        before, began, longest, more = used(), time.perf_counter(), 0.0, True
        while more:
            piece = time.perf_counter()
            async with pool.transaction() as tx:
                after = await tx.value("select frozen_through from communications.campaigns")
                more = await freeze(tx, campaign, after=after, beside=pool)
            longest = max(longest, time.perf_counter() - piece)
        seconds = time.perf_counter() - began
        async with pool.transaction() as tx:
            lines = sum(one.people for one in await store_campaigns.figures(tx, campaign.id))
            waiting = await tx.value(
                "select count(distinct person_id) from communications.campaign_recipients where outcome = 'waiting'"
            )
        alone = await bare(pool)
    finally:
        await pool.close()
    print(
        json.dumps(
            {
                "people": people, "reached": reached, "count_seconds": round(counted, 2),
                "freeze_seconds": round(seconds, 2), "people_per_second": round(people / seconds), "lines": lines,
                "bare_seconds": round(alone, 2), "ratio": round(alone / seconds, 2), "to_be_written_to": waiting,
                "longest_transaction_seconds": round(longest, 3), "grown_mb": round(used() - before, 1),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    with database() as address:
        fill(address, number)
        main(measure(address))
