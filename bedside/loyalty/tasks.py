"""What runs in the background for loyalty."""

from bedside.kit.jobs import Task
from bedside.loyalty import upkeep
from bedside.loyalty.bulk import AWARD_MANY

TASKS: list[Task] = [
    AWARD_MANY,
    # days end at different hours in different zones
    Task(name="loyalty.expire", work=upkeep.expire, cron="5 * * * *"),
    Task(name="loyalty.warn", work=upkeep.warn, cron="0 15 * * *"),
    Task(name="loyalty.keep_tiers", work=upkeep.keep_tiers, cron="30 2 * * *"),
    Task(name="loyalty.greet_birthdays", work=upkeep.greet_birthdays, cron="0 14 * * *"),
]
