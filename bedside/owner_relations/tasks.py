"""What runs in the background for owner relations."""

from bedside.kit.jobs import Task

TASKS: list[Task] = []
