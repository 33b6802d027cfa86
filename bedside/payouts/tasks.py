"""What runs in the background for payouts."""

from bedside.kit.jobs import Task

TASKS: list[Task] = []
