"""What runs in the background for owner relations: asking owners how satisfied they are."""

from bedside.kit.jobs import Task
from bedside.owner_relations.surveys import ask_who_is_due

# Once a day, by day on both sides of the Atlantic; an owner is asked once an interval however often it runs.
TASKS: list[Task] = [Task(name="owner_relations.ask_who_is_due", work=ask_who_is_due, cron="0 15 * * *")]
