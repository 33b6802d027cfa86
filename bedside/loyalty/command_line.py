"""`bedside loyalty ...`: what the command line does with points (commands.py). The context brings a database along."""

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import click

from bedside.kit.database import Database
from bedside.kit.http.problems import Problem
from bedside.kit.plainly import Plainly
from bedside.loyalty import commands

WithDatabase = Callable[[Path | None, Callable[[Database], Awaitable[str]]], None]

_data = click.option("--data", type=click.Path(path_type=Path), help="The folder for everything kept (var).")
_day = click.DateTime(formats=["%Y-%m-%d"])


@click.command("rebuild")
@_data
@click.option("--fix", is_flag=True, help="Set what differs to what the ledger says; without it nothing is changed.")
@click.pass_obj
def rebuild(does: WithDatabase, data: Path | None, fix: bool) -> None:
    """Hold every account of points against its ledger, and say what differs."""
    _told(does, data, lambda one: commands.hold_against_ledger(one, fix=fix))


@click.command("award-visits")
@_data
@click.option("--from", "since", type=_day, required=True, help="The first day: 2026-10-01.")
@click.option("--until", type=_day, required=True, help="The last day, included.")
@click.option("--hospital", type=int, help="The hospital's id; every one where left out.")
@click.option("--as", "email", required=True, metavar="EMAIL", help="Who does it: as they sign in.")
@click.pass_obj
def award_visits(
    does: WithDatabase, data: Path | None, since: date, until: date, hospital: int | None, email: str
) -> None:
    """Award the program's points for visits completed on these days, those that earned before apart."""
    _told(
        does,
        data,
        lambda one: commands.award_visits(one, since=since, until=until, hospital_id=hospital, email=email),
    )


def _told(does: WithDatabase, data: Path | None, work: Callable[[Database], Awaitable[str]]) -> None:
    """A problem is told in words, without a trace."""
    try:
        does(data, work)
    except Problem as problem:
        raise Plainly(" ".join(filter(None, (problem.detail, problem.next_step)))) from None


COMMANDS: dict[str, click.Command] = {"award-visits": award_visits, "rebuild": rebuild}
