"""Who holds a data folder, and which server runs on it."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.parse import quote

from bedside.kit.plainly import Plainly

ASK_EVERY = 0.01  # seconds


class DatabaseFailed(Plainly):
    """The embedded database did not start, with why and what to do."""


class InUse(DatabaseFailed):
    """Another start holds this data folder."""


def address_of_running(data: Path, *, within: float = 60) -> str | None:
    """The address of the server that a running Bedside keeps on this data folder, waiting up to `within` seconds for
    one that is just starting; None where none runs."""
    cluster = data.absolute() / "postgres"
    until = time.monotonic() + within
    while True:
        try:
            lock = take_lock(data) if data.is_dir() else None
        except InUse:
            lines = postmaster(cluster)
            if len(lines) >= 8 and lines[7].strip() == "ready" and is_alive(int(lines[0])):
                return address(Path(lines[4]))
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            if lock:
                lock.close()
            return None


def take_lock(data: Path) -> IO[str]:
    """Takes the data folder until the file is closed, or we end in whatever way. Raises InUse."""
    path = data / "lock"
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        who = f" (process {holder})" if holder else ""
        raise InUse(
            f"Bedside already runs on {data}{who}. Stop that one first, or give another folder with --data and "
            "another port with --port."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def address(sockets: Path) -> str:
    """The address of the server whose socket lies in this folder."""
    return f"postgresql://bedside@/bedside?host={quote(str(sockets), safe='/')}&port=5432"


def postmaster(cluster: Path) -> list[str]:
    """The lines of the server's own lock file: process, folder, start, port, socket folder, address, memory, state."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    return lines if lines and lines[0].strip().isdigit() else []


def is_alive(pid: int) -> bool:
    """Whether there is a process of this number, whosever it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_server_on(pid: int, cluster: Path) -> bool:
    """Whether this process is a PostgreSQL that works in this folder."""
    if not is_alive(pid):
        return False
    if sys.platform == "linux":
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(cluster.resolve())
        except (FileNotFoundError, PermissionError):
            return False
    shown = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "postgres" in shown.stdout and str(cluster) in shown.stdout


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits until the condition holds; False where it still does not when the time is up."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(ASK_EVERY)
    return True
