"""Commands that are imported once they are asked for: what a room needs takes long to import, and `--help` does not."""

from importlib import import_module
from typing import Any

import click


class Later(click.Group):
    """A group whose commands are in the table `COMMANDS` of a module. `names` are said without importing it."""

    def __init__(self, name: str, module: str, names: tuple[str, ...], **more: Any) -> None:
        super().__init__(name, **more)
        self._module = module
        self._names = names

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names."""
        return list(self._names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, None where there is none of that name."""
        known: dict[str, click.Command] = import_module(self._module).COMMANDS
        return known.get(cmd_name)
