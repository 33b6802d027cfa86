"""What runs in the background for contracts."""

from bedside.kit.jobs import Task

TASKS: list[Task] = []
