"""The command line. What takes long to import is imported where it is used, so that starting is quick."""

import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from bedside.kit.later import Later
from bedside.kit.plainly import Plainly, say
from bedside.settings import (
    Settings,
    SettingsError,
    as_environment,
    local_address,
    pointed_at_sandbox,
    read,
    secret_key,
)

if TYPE_CHECKING:
    from bedside.kit.database import Database
    from bedside.kit.embedded import EmbeddedDatabase
    from bedside.kit.processes import Household

data_option = click.option("--data", type=click.Path(path_type=Path), help="The folder for everything kept (var).")
port_option = click.option(
    "--port", type=click.IntRange(1, 65533), help="The web's port (7002); the sandbox takes the two after it."
)
line_option = click.option("--line", type=int, hidden=True, help="The file that leads to the parent process.")


def main() -> None:
    """The command line's entry: errors that a person can mend are said in words, without a trace."""
    try:
        commands(prog_name="bedside")
    except SettingsError as wrong:
        click.echo(f"The settings are not right:\n{wrong}", err=True)
        sys.exit(2)
    except Plainly as problem:
        click.echo(str(problem), err=True)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def commands(context: click.Context) -> None:
    """Bedside: relationship management for hospitals."""
    context.obj = _with_rooms  # what the rooms' own commands take


@commands.command()
@data_option
@port_option
@click.option("--host", help="The address to listen on (127.0.0.1).")
@click.option("--empty", is_flag=True, help="On the first start: no demonstration hospital, one administrator only.")
def run(data: Path | None, port: int | None, host: str | None, empty: bool) -> None:
    """Start everything: database, web, worker and sandbox. Ctrl-C stops it."""
    from bedside.first_start import bring_up_to_date
    from bedside.kit.embedded import EmbeddedDatabase
    from bedside.kit.processes import Household, Stopped, listen, stop_on_signals

    settings = read(data=data, port=port, host=host)
    secret_key(settings)
    stop_on_signals()
    database: EmbeddedDatabase | None = None
    household: Household | None = None
    try:
        web = listen(settings.host, settings.port)
        for needed in (settings.sandbox_port, settings.sandbox_smtp_port):
            listen(settings.host, needed).close()
        if settings.database_url is None:
            database = EmbeddedDatabase(settings.data, say=say)
            database.prepare()
            settings = msgspec.structs.replace(settings, database_url=database.url)
        # the web imports what it needs while the database starts, and does nothing before it is let go
        household = Household(environment={**os.environ, **as_environment(settings)}, say=say)
        for number in range(settings.web_processes):
            name = "web" if settings.web_processes == 1 else f"web {number + 1}"
            household.start(name, "serve", "--listening", str(web.fileno()), files=[web.fileno()])
        if database:
            database.start()
        seeding = ("seed", "--unsaid", *(["--empty"] if empty else []))
        sign_in = bring_up_to_date(
            _address(settings), note=_note(settings), empty=empty, say=say, fill=partial(household.run, *seeding)
        )
        household.let_go()
        household.watch(also=_Watch(settings, household, database, sign_in))
    except Stopped:
        say("Stopping ...")
    finally:
        if household:
            household.stop()
        if database:
            database.stop()


class _Watch:
    """What `run` looks after besides its children: that the database lives, and what comes once the web answers."""

    def __init__(
        self, settings: Settings, household: "Household", database: "EmbeddedDatabase | None", sign_in: str
    ) -> None:
        self._settings = settings
        self._household = household
        self._database = database
        self._sign_in = sign_in
        self._announced = False

    def __call__(self) -> None:
        from bedside.kit.processes import answers

        if self._database and not self._database.running():
            say("The database ended; starting it again.")
            self._database.start()
        if not self._announced and answers(local_address(self._settings.host), self._settings.port, "/healthz"):
            self._announced = True
            # only now: on two cores they would make the first page wait half as long again
            self._household.start("sandbox", "sandbox")
            self._household.start("worker", "worker")
            say(
                f"\n  Bedside is ready:  {self._settings.public_url}\n"
                f"  {self._sign_in}\n"
                f"  Phones and mailbox: {self._settings.sandbox_url} (the sandbox: nothing leaves this machine)\n"
                "  Ctrl-C stops it.\n"
            )


@commands.command()
@data_option
@port_option
@click.option("--host", help="The address to listen on (127.0.0.1).")
@click.option("--listening", type=int, hidden=True, help="A socket that the parent has opened.")
@line_option
def serve(data: Path | None, port: int | None, host: str | None, listening: int | None, line: int | None) -> None:
    """Serve the web alone, on a database that is there already."""
    import uvicorn

    from bedside.app import create_app
    from bedside.kit.processes import handed_socket, listen, wait_to_be_let_go

    settings = _complete(read(data=data, port=port, host=host))
    app = create_app(settings)
    wait_to_be_let_go(line)
    sock = handed_socket(listening) if listening else listen(settings.host, settings.port)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        # a frame is some hundred bytes: to compress it makes telling 2,000 sockets of one event take 0.19 s, not 0.12
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[sock])


@commands.command()
@data_option
@port_option
@line_option
def worker(data: Path | None, port: int | None, line: int | None) -> None:
    """Run the background work alone: sending, reminders, timers."""
    from bedside.kit.processes import run_until_stopped, wait_to_be_let_go
    from bedside.worker import work

    settings = _complete(read(data=data, port=port))
    wait_to_be_let_go(line)
    run_until_stopped(work(settings))


@commands.command()
@port_option
@click.option("--smtp-port", type=click.IntRange(1, 65535), help="The port for mail (7004).")
@click.option("--host", help="The address to listen on (127.0.0.1).")
@line_option
def sandbox(port: int | None, smtp_port: int | None, host: str | None, line: int | None) -> None:
    """Run the stand-in for the outside world alone: SMS, WhatsApp, mail."""
    import asyncio

    from bedside import sandbox as outside
    from bedside.kit.processes import wait_to_be_let_go

    settings = read(host=host, sandbox_port=port, sandbox_smtp_port=smtp_port)
    wait_to_be_let_go(line)
    product = f"http://{local_address(settings.host)}:{settings.port}"
    asyncio.run(
        outside.serve(
            host=settings.host,
            port=settings.sandbox_port,
            smtp_port=settings.sandbox_smtp_port,
            product=product,
            public_url=settings.public_url,
            bounces_to=f"{product}/webhooks/mail/bounces",
            mail_to=settings.mail_listen or f"{local_address(settings.host)}:{settings.sandbox_smtp_port + 1}",
        )
    )


@commands.group()
def migrate() -> None:
    """Bring the database to the shape that this version expects, or back."""


@migrate.command()
@data_option
def up(data: Path | None) -> None:
    """Apply what is missing."""
    from bedside.kit import migrating

    with _database(read(data=data)) as settings:
        done = migrating.migrate(_address(settings))
    say("\n".join(done) if done else "Nothing to do: the database is up to date.")


@migrate.command()
@data_option
@click.argument("steps", type=click.IntRange(1))
@click.confirmation_option(prompt="What the undone steps had stored will be gone. Go on?")
def rollback(data: Path | None, steps: int) -> None:
    """Undo the newest STEPS migrations, with everything stored in them."""
    from bedside.kit import migrating

    with _database(read(data=data)) as settings:
        for name in migrating.roll_back(_address(settings), steps=steps):
            say(f"undone: {name}")


@migrate.command()
@data_option
def status(data: Path | None) -> None:
    """List the migrations and say which the database has had."""
    from bedside.kit import migrating

    with _database(read(data=data)) as settings:
        done = migrating.applied(_address(settings))
    for name in sorted({*done, *migrating.names()}):
        say(f"{'applied' if name in done else 'missing'}  {name}")


@commands.command()
@data_option
@click.option("--empty", is_flag=True, help="No demonstration hospital, one administrator only.")
@click.option("--unsaid", is_flag=True, hidden=True, help="Leave out how to sign in: `run` says it.")
def seed(data: Path | None, empty: bool, unsaid: bool) -> None:
    """Fill a new database, as the first `run` does."""
    from bedside.first_start import bring_up_to_date
    from bedside.kit.sealing import install_sealing_key
    from bedside.messaging import install_public_url

    install_sealing_key(secret_key(settings := read(data=data)))
    install_public_url(settings.public_url)  # the past's messages have links too
    with _database(settings) as settings:
        sign_in = bring_up_to_date(_address(settings), note=_note(settings), empty=empty, say=say)
    if not unsaid:
        say(sign_in)


@commands.command()
@data_option
@click.option("--role", default="admin", show_default=True, help="The role that the token acts in: front_desk ...")
def token(data: Path | None, role: str) -> None:
    """Print a bearer token for scripts, good for 15 minutes."""
    from bedside import accounts
    from bedside.first_start import with_transaction

    try:
        wanted = accounts.Role(role)
    except ValueError:
        raise Plainly(f"There is no role {role!r}. There are: {', '.join(accounts.Role)}.") from None
    with _database(read(data=data)) as settings:
        key = secret_key(settings)
        say(with_transaction(_address(settings), lambda tx: accounts.issue_token(tx, role=wanted, key=key)))


@commands.command("reset-password")
@data_option
@click.argument("email")
def reset_password(data: Path | None, email: str) -> None:
    """Give whoever signs in with EMAIL a new password, and print it."""
    from bedside import accounts
    from bedside.first_start import with_transaction
    from bedside.kit.http.problems import NotFound

    with _database(read(data=data)) as settings:
        try:
            password = with_transaction(_address(settings), lambda tx: accounts.reset_password(tx, email=email))
        except NotFound as nobody:
            raise Plainly(nobody.detail) from None
        if _note(settings).exists() and email.lower() in _note(settings).read_text().split():
            _note(settings).unlink()
    say(f"{email} signs in with {password} from now on. Their other sessions have ended.")


@commands.command("settings")
@data_option
def list_settings(data: Path | None) -> None:
    """List every setting: its variable, its value here, what it is for."""
    from rich.console import Console
    from rich.table import Table

    table = Table("Variable", "Value", "What it is for", box=None, pad_edge=False)
    for name, value, meaning in read(data=data).shown():
        shown = "" if value is None or value == () else ", ".join(value) if isinstance(value, tuple) else str(value)
        table.add_row(f"BEDSIDE_{name.upper()}", shown, meaning)
    Console().print(table)


@commands.command()
@data_option
def doctor(data: Path | None) -> None:
    """Check settings, database and providers, and say what is wrong."""
    from bedside.kit import checking

    settings = read(data=data)
    say("settings: right")
    with _database(settings) as settings:
        problems = checking.check_database(_address(settings), say=say)
    for name, real, address in (
        ("SMS", settings.sends_real_sms, settings.twilio_base_url or "https://api.twilio.com"),
        ("WhatsApp", settings.sends_real_whatsapp, settings.whatsapp_base_url or "https://graph.facebook.com"),
        ("mail", settings.sends_real_email, f"smtp://{settings.smtp_host}:{settings.smtp_port or 587}"),
    ):
        if real:
            problems += checking.check_reachable(name, address, say=say)
        else:
            say(f"{name}: goes to the sandbox")
    sys.exit(1 if problems else 0)


def _complete(settings: Settings) -> Settings:
    """The settings with the address of the database that runs, and the sandbox for each channel without a provider."""
    from bedside.sandbox import DEMONSTRATION

    if settings.database_url is None:
        from bedside.kit.embedded import address_of_running

        running = address_of_running(settings.data)
        if running is None:
            raise SettingsError(
                f"BEDSIDE_DATABASE_URL is not set, and no embedded database runs on {settings.data}. "
                "Set it, or start everything with `bin/run`."
            )
        settings = msgspec.structs.replace(settings, database_url=running)
    return pointed_at_sandbox(settings, DEMONSTRATION, stand_ins=True)


@contextmanager
def _database(settings: Settings) -> Iterator[Settings]:
    """The settings with the address of a database that is there for as long as the block lasts."""
    if settings.database_url is not None:
        yield settings
    else:
        from bedside.kit.embedded import reach

        with reach(settings.data) as url:
            yield msgspec.structs.replace(settings, database_url=url)


def _with_rooms(data: Path | None, work: "Callable[[Database], Awaitable[str]]") -> None:
    """Does something as the web would, reactions and all, and says what came of it."""
    from bedside import reactions
    from bedside.first_start import with_database
    from bedside.kit.sealing import install_sealing_key

    with _database(read(data=data)) as settings:
        install_sealing_key(secret_key(settings))
        reactions.install(public_url=settings.public_url)
        say(with_database(_address(settings), work))


for _room, _names, _words in (
    ("loyalty", ("award-visits", "rebuild"), "Hold points against their ledger, award for visits of the past."),
    ("payouts", ("approve", "list", "run"), "Work a month out, list payouts, approve one, as somebody who may."),
):
    commands.add_command(Later(_room, f"bedside.{_room}.command_line", _names, help=_words))


def _address(settings: Settings) -> str:
    if settings.database_url:
        return settings.database_url
    raise RuntimeError("asked for the database's address before there was one")


def _note(settings: Settings) -> Path:
    """Where the first sign-in is kept, readable by its owner alone, until the password is reset."""
    return settings.data / "first-sign-in"


if __name__ == "__main__":
    main()
