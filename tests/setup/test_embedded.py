"""The database that comes along starts whatever the last run left behind, and loses nothing that was committed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from bedside.kit.embedded import EmbeddedDatabase, InUse, address_of_running, reach

LIKE_A_PROGRAM = """
import signal, sys
from pathlib import Path
from bedside.kit.embedded import EmbeddedDatabase
database = EmbeddedDatabase(Path(sys.argv[1]))
database.prepare()
database.start()
print(database.url, flush=True)
signal.pause()
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a space in its path, as a person's may have."""
    return tmp_path / "a folder"


def write(url: str, what: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists kept (what text)")
        connection.execute("insert into kept values (%s)", [what])


def kept(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [what for (what,) in connection.execute("select what from kept order by what").fetchall()]


def socket_folder(url: str) -> Path:
    return Path(url.partition("host=")[2].partition("&")[0])


def killed(database: EmbeddedDatabase) -> None:
    """The server's power is cut: no process of it does anything more."""
    assert database.pid
    os.kill(database.pid, signal.SIGKILL)
    database.wait_for_end()


def test_what_was_committed_is_there_after_the_server_was_killed(data: Path) -> None:
    first = EmbeddedDatabase(data)
    first.prepare()
    first.start()
    write(first.url, "before")
    killed(first)
    assert not first.running()
    first.start()  # as `run` does when it sees that the server ended
    assert kept(first.url) == ["before"]
    first.stop()
    assert not socket_folder_of(data).exists()


def socket_folder_of(data: Path) -> Path:
    note = data / "socket-folder"
    return Path(note.read_text()) if note.exists() else note


def test_the_next_start_does_not_mind_that_the_program_was_killed(
    data: Path, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    program = subprocess.Popen([sys.executable, "-c", LIKE_A_PROGRAM, data], stdout=subprocess.PIPE, text=True)
    assert program.stdout
    url = program.stdout.readline().strip()
    write(url, "before")
    server = int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    program.kill()
    program.wait()
    program.stdout.close()
    # at once: while the server that lost its starter may still be there
    with EmbeddedDatabase(data) as database:
        assert database.pid != server
        assert kept(database.url) == ["before"]
        assert not socket_folder(url).exists()


def test_two_on_one_folder_are_told_and_two_on_two_folders_work(data: Path, tmp_path: Path) -> None:
    with EmbeddedDatabase(data) as one, EmbeddedDatabase(tmp_path / "other") as other:
        write(one.url, "one")
        write(other.url, "other")
        with pytest.raises(InUse, match=rf"process {os.getpid()}.*--data"):
            EmbeddedDatabase(data).prepare()
        assert (kept(one.url), kept(other.url)) == (["one"], ["other"])


def test_locks_that_were_left_behind_are_no_obstacle(data: Path) -> None:
    with EmbeddedDatabase(data) as database:
        write(database.url, "before")
    # a lock file of a program long gone; a server's lock file whose number belongs to somebody else by now: to us
    (data / "lock").write_text("12345")
    pid_file = data / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{data / 'postgres'}\n1\n5432\n/tmp/bedside-gone\n\n  1 1\nready\n")
    assert address_of_running(data) is None
    with EmbeddedDatabase(data) as database:
        assert kept(database.url) == ["before"]


def test_a_first_start_that_was_cut_short_is_made_good(data: Path) -> None:
    (data / "postgres.unfinished" / "base").mkdir(parents=True)
    with EmbeddedDatabase(data) as database:
        write(database.url, "begun")
        assert kept(database.url) == ["begun"]
    assert not (data / "postgres.unfinished").exists()


def test_a_command_uses_the_running_server_and_else_starts_one(data: Path) -> None:
    with EmbeddedDatabase(data) as running:
        write(running.url, "before")
        with reach(data) as url:
            assert url == running.url
        assert running.running()
    assert address_of_running(data) is None
    with reach(data) as url:
        assert kept(url) == ["before"]
    assert address_of_running(data) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_as_root_it_works_below_a_folder_closed_to_all_others(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedDatabase(closed / "data") as database:
        write(database.url, "inside")
        assert kept(database.url) == ["inside"]
        assert database.pid
        assert Path(f"/proc/{database.pid}").stat().st_uid != 0
    assert closed.stat().st_mode & 0o777 == 0o700
    assert (closed / "data").stat().st_uid == 0  # it owns just its own files
    assert (closed / "data" / "postgres").stat().st_uid != 0


def test_nobody_else_may_read_the_files_or_connect(data: Path) -> None:
    with EmbeddedDatabase(data) as database:
        assert (data / "postgres").stat().st_mode & 0o077 == 0
        assert socket_folder(database.url).stat().st_mode & 0o077 == 0
        with psycopg.connect(database.url) as connection:
            row = connection.execute("select current_setting('listen_addresses')").fetchone()
        assert row == ("",)
