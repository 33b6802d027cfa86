"""Starts the embedded PostgreSQL, waits until it answers, and stops it.

It listens on a Unix socket alone, in a short temporary folder (a socket's path may have some 100 characters, a data
folder's more). Whoever starts it holds a lock on the data folder, which the system lets go even after kill -9. A
server that outlived its starter is stopped by the next start; a crash is recovered from, however long that takes.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from bedside.kit.embedded.binaries import Account, Binaries, account_for, find, may_reach, within_reach
from bedside.kit.embedded.running import (
    ASK_EVERY,
    DatabaseFailed,
    address,
    address_of_running,
    is_alive,
    is_server_on,
    postmaster,
    take_lock,
    wait_for,
)

Say = Callable[[str], None]

# Written to postgresql.conf at every start; ALTER SYSTEM goes before it, for those who know better.
TUNING: Mapping[str, str] = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "jit": "off",  # compiling costs more than it saves on statements as short as ours
    "random_page_cost": "1.1",
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %a '",
    "log_checkpoints": "off",
    "log_lock_waits": "on",
    "log_min_duration_statement": "2s",
}
LOG_KEPT = 10_000_000  # bytes; a longer log is set aside at the next start


class EmbeddedDatabase:
    """One PostgreSQL server on one data folder, for as long as the `with` block lasts.

    `data` is the folder that everything is kept in; the server's own files go to `postgres` within. `say` is told
    what takes long. `tuning` replaces settings of TUNING, for tests that need no durability.
    """

    def __init__(self, data: Path, *, say: Say | None = None, tuning: Mapping[str, str] | None = None) -> None:
        self.data = data.absolute()
        self.cluster = self.data / "postgres"
        self._say = say or (lambda _: None)
        self._tuning = {**TUNING, **(tuning or {})}
        self._lock: IO[str] | None = None
        self._sockets: Path | None = None
        self._account: Account | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the server can be reached, known from `prepare` on."""
        if self._sockets is None:
            raise RuntimeError("The embedded database has no address before it is prepared.")
        return address(self._sockets)

    @property
    def pid(self) -> int | None:
        """The server's process, or None while there is none."""
        return self._process.pid if self._process else None

    def prepare(self) -> None:
        """Takes the data folder for ourselves and decides the address. Raises InUse, DatabaseFailed."""
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            self._lock = take_lock(self.data)
            self._account = account_for(self.cluster)
            self._sockets = self._socket_folder()
        except PermissionError as refused:
            raise DatabaseFailed(
                f"{refused.filename} cannot be written: {refused.strerror}. "
                "Start as the user who owns the data folder, or give another one with --data."
            ) from None

    def start(self) -> None:
        """Starts the server, making its files on the first start, and waits until it answers."""
        binaries = find()
        if binaries.origin == "system":
            self._say(f"No PostgreSQL comes along for this platform: using the system's, {binaries.folder}.")
        if self._account:
            binaries = within_reach(binaries, self._account)
        self._stop_survivor()
        if not (self.cluster / "PG_VERSION").exists():
            self._say("Making the database's files ...")
            self._make_cluster(binaries)
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        if made_by != str(binaries.major):
            raise DatabaseFailed(
                f"{self.cluster} was made by PostgreSQL {made_by}, and what comes along is {binaries.major}. "
                "Back it up with the version that made it, and restore into a new data folder."
            )
        self._configure()
        self._launch(binaries)
        _make_database(self.url)

    def running(self) -> bool:
        """Whether the server is still there."""
        return self._process is not None and self._process.poll() is None

    def wait_for_end(self) -> None:
        """Waits until the server has ended, for whatever reason."""
        if self._process:
            self._process.wait()

    def stop(self) -> None:
        """Stops the server (connections are ended, what was committed is on disk) and lets go of the folder."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)  # at once; the next start recovers
                self._process.wait(timeout=30)
        self._process = None
        if self._sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)
            (self.data / "socket-folder").unlink(missing_ok=True)
            self._sockets = None
        if self._lock:
            self._lock.close()
            self._lock = None

    # what `start` does, in its order

    def _socket_folder(self) -> Path:
        """A fresh folder for the socket; what an earlier start that was killed left is removed."""
        note = self.data / "socket-folder"
        if note.exists():
            left = Path(note.read_text().strip())
            if left.name.startswith("bedside-"):
                shutil.rmtree(left, ignore_errors=True)
        base = tempfile.gettempdir()
        folder = Path(tempfile.mkdtemp(prefix="bedside-", dir=base if len(base) < 60 else "/tmp"))  # noqa: S108
        note.write_text(str(folder))
        self._hand_over(folder)
        return folder

    def _hand_over(self, path: Path) -> None:
        if self._account:
            os.chown(path, self._account.uid, self._account.gid)

    def _stop_survivor(self) -> None:
        """Stops a server on these files whose starter was killed, and clears a lock file that names a stranger."""
        lines = postmaster(self.cluster)
        if not lines:
            return
        pid = int(lines[0])
        if is_server_on(pid, self.cluster):
            self._say("Stopping a database that outlived an earlier start ...")
            for end in (signal.SIGINT, signal.SIGQUIT):
                with suppress(ProcessLookupError):
                    os.kill(pid, end)
                if wait_for(lambda: not is_server_on(pid, self.cluster), 30):
                    return
            raise DatabaseFailed(f"The database that already runs on {self.cluster}, process {pid}, does not stop.")
        if is_alive(pid):
            # The number was given to another program since (in a container this is usual), and PostgreSQL would take
            # that for itself. One that is free it sees through by itself, with more checks than ours: left to it.
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _make_cluster(self, binaries: Binaries) -> None:
        """Runs initdb beside the place and moves the result there: a start cut short leaves nothing half made."""
        unfinished = self.data / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._hand_over(unfinished)
        locale = (
            ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if binaries.major >= 17
            else ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
        )
        arguments = ["--username=bedside", "--auth=peer", "--encoding=UTF8", "--no-instructions", *locale]
        done = self._run(binaries.program("initdb"), *arguments, folder=unfinished)
        if done.returncode:
            raise DatabaseFailed(f"The database's files could not be made in {unfinished}:\n{done.stderr.strip()}")
        if self.cluster.exists():
            shutil.rmtree(self.cluster)
        unfinished.rename(self.cluster)

    def _configure(self) -> None:
        user = pwd.getpwuid(os.geteuid()).pw_name
        lines = {**self._tuning, "unix_socket_directories": f"'{self._sockets}'", "port": "5432"}
        files = {
            "postgresql.conf": "# written anew at every start; use ALTER SYSTEM to change a setting\n"
            + "".join(f"{name} = {value}\n" for name, value in lines.items()),
            # the operating system says who connects; nobody but whoever starts Bedside may
            "pg_hba.conf": "local all all peer map=bedside\n",
            "pg_ident.conf": f'bedside "{user}" bedside\n',
        }
        for name, text in files.items():
            path = self.cluster / name
            path.write_text(text)
            path.chmod(0o600)
            self._hand_over(path)

    def _launch(self, binaries: Binaries) -> None:
        """Starts the server until it says that it is ready. A backend of a killed one may hold on for a moment."""
        log = self.data / "postgres.log"
        if log.exists() and log.stat().st_size > LOG_KEPT:
            log.replace(log.with_name("postgres.log.1"))
        until = time.monotonic() + 20
        while True:
            with log.open("ab") as output:
                began = output.tell()
                self._process = subprocess.Popen(
                    [binaries.program("postgres"), "-D", self._seen(self.cluster)],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,  # Ctrl-C is for whoever started it, who stops it last
                    preexec_fn=_end_with_parent if sys.platform == "linux" else None,
                    **self._as_account(self.cluster),
                )
            if self._ready():
                return
            with log.open("rb") as output:
                output.seek(began)
                said = output.read().decode(errors="replace").strip()
            if "still in use" not in said or time.monotonic() > until:
                raise DatabaseFailed(f"The database did not start. Its log, {log}, ends:\n{said[-2000:]}")
            time.sleep(0.2)

    def _ready(self) -> bool:
        """Waits for the server's own word, as long as it lives: recovery after a crash may take minutes."""
        process = self._process
        if process is None:
            return False
        began = time.monotonic()
        told = False
        while process.poll() is None:
            lines = postmaster(self.cluster)
            if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return True
            if not told and time.monotonic() - began > 3:
                told = True
                self._say("The database is recovering from an interrupted run; this can take a few minutes ...")
            time.sleep(ASK_EVERY)
        return False

    # running as somebody else

    def _seen(self, folder: Path) -> str:
        """The folder's path as the server's user can open it. Below a folder closed to that user no path works, but
        the current folder does, which we, as root, enter for it."""
        if self._account is None or sys.platform != "linux" or may_reach(folder, self._account):
            return str(folder)
        return "/proc/self/cwd"

    def _as_account(self, folder: Path) -> dict[str, Any]:
        """How to start a program for the server's user: in its folder, with nothing of our environment but PATH."""
        common: dict[str, Any] = {
            "cwd": folder,
            "umask": 0o077,
            "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        }
        if self._account:
            common |= {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}
        return common

    def _run(self, program: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, "-D", self._seen(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **self._as_account(folder),
        )


@contextmanager
def reach(data: Path, *, say: Say | None = None) -> Iterator[str]:
    """The address of the embedded database: the running one's, or else of one started for as long as the block."""
    running = address_of_running(data)
    if running:
        yield running
    else:
        with EmbeddedDatabase(data, say=say) as database:
            yield database.url


def _make_database(url: str) -> None:
    import psycopg  # here: a start that only looks whether one runs does without

    with psycopg.connect(url.replace("@/bedside?", "@/postgres?"), autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = 'bedside'").fetchone() is None:
            connection.execute("create database bedside")


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    """Linux: asks that the server be shut down (fast) when whoever started it ends, even by kill -9."""
    if _libc is not None:
        _libc.prctl(1, int(signal.SIGINT))  # 1 is PR_SET_PDEATHSIG
