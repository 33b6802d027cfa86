"""`bedside payouts ...`: what the command line does with payouts (commands.py). The context brings a database along."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from bedside.kit.database import Database
from bedside.kit.http.problems import Problem
from bedside.kit.plainly import Plainly
from bedside.payouts import commands

WithDatabase = Callable[[Path | None, Callable[[Database], Awaitable[str]]], None]

_data = click.option("--data", type=click.Path(path_type=Path), help="The folder for everything kept (var).")
_as = click.option("--as", "email", required=True, metavar="EMAIL", help="Who does it: as they sign in.")


@click.command("run")
@_data
@click.option("--period", required=True, help="The month: 2026-10.")
@click.option("--hospital", type=int, help="The hospital's id; every one where left out.")
@_as
@click.pass_obj
def run(does: WithDatabase, data: Path | None, period: str, hospital: int | None, email: str) -> None:
    """Draft what every contract gives for a month."""
    _told(does, data, lambda one: commands.run_month(one, period=period, hospital_id=hospital, email=email))


@click.command("list")
@_data
@click.option("--status", type=click.Choice(["draft", "approved", "paid", "reversed", "discarded"]))
@click.pass_obj
def list_open(does: WithDatabase, data: Path | None, status: str | None) -> None:
    """List payouts of a status, else those that wait for somebody."""
    _told(does, data, lambda one: commands.list_open(one, status=status))


@click.command("approve")
@_data
@click.argument("reference")
@_as
@click.pass_obj
def approve(does: WithDatabase, data: Path | None, reference: str, email: str) -> None:
    """Approve the payout with REFERENCE: nobody approves one that they made or changed last."""
    _told(does, data, lambda one: commands.approve(one, reference=reference, email=email))


def _told(does: WithDatabase, data: Path | None, work: Callable[[Database], Awaitable[str]]) -> None:
    """A problem is told in words, without a trace."""
    try:
        does(data, work)
    except Problem as problem:
        raise Plainly(" ".join(filter(None, (problem.detail, problem.next_step)))) from None


COMMANDS: dict[str, click.Command] = {"approve": approve, "list": list_open, "run": run}
