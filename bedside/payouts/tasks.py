"""What runs in the background for payouts."""

from bedside.kit.jobs import Task
from bedside.payouts.running import work_through

RUN = Task(name="payouts.run", work=work_through, retries=5)

TASKS: list[Task] = [RUN]
