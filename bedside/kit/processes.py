"""The processes that make up a running Bedside: started together, started again when they die, stopped together.

Each has a line to its parent. It imports what it needs while the database is still starting, waits on the line until
it is let go, and ends itself when the line breaks, which it does even if the parent is killed with -9.
"""

import asyncio
import errno
import gc
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

from bedside.kit.plainly import Plainly

Say = Callable[[str], None]

LOOK_EVERY = 0.2  # seconds
PATIENCE = 6.0  # seconds that children have to end before they are killed
STEADY = 10.0  # seconds after which a child counts as well started
TRIES = 5  # starts in a row without ever getting there
LONGEST_PAUSE = 30.0  # seconds between two starts of one that keeps dying


class Stopped(BaseException):
    """Somebody asked us to stop, by Ctrl-C, SIGTERM or closing the terminal. Not an error."""


class GaveUp(Plainly):
    """A process ended again and again, so nothing can be served."""


def stop_on_signals() -> None:
    """Turns the first Ctrl-C, SIGTERM or SIGHUP into `Stopped`, raised where we are; further ones change nothing."""

    def stop(number: int, frame: FrameType | None) -> None:
        for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(asked, signal.SIG_IGN)
        raise Stopped

    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, stop)


class Child:
    """One process, and what is needed to start it again."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], files: Sequence[int]):
        self.name = name
        self._arguments = arguments
        self._environment = environment
        self._files = files
        self._line: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self.failures = 0
        self.start_again_at: float | None = None

    def start(self) -> None:
        """Starts it. It waits for `let_go` before it does any work."""
        theirs, ours = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bedside", *self._arguments, "--line", str(theirs)],
                env=self._environment,
                pass_fds=[theirs, *self._files],
                stdin=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C reaches only us; we stop the children in order
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        self._line = ours
        self._began = time.monotonic()
        self.start_again_at = None

    def let_go(self) -> None:
        """Tells it that the database is ready."""
        if self._line is not None:
            with suppress(BrokenPipeError):
                os.write(self._line, b"\n")

    def ended(self) -> int | None:
        """Its exit code once it has ended by itself, negative for a signal; None while it runs or waits its turn."""
        return self._process.poll() if self._process else None

    def lived(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._began

    def ask_to_end(self) -> None:
        """Asks it to finish what it is doing."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def wait(self, until: float) -> None:
        """Waits for its end, kills it when the time is up, and clears up after it."""
        if self._process:
            try:
                self._process.wait(timeout=max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._line is not None:
            os.close(self._line)
            self._line = None


class Household:
    """All the children. `say` is told what happens to them."""

    def __init__(self, *, environment: Mapping[str, str], say: Say) -> None:
        self._environment = environment
        self._say = say
        self._children: list[Child] = []
        self._open = False

    def start(self, name: str, *arguments: str, files: Sequence[int] = ()) -> None:
        """Starts `python -m bedside` with these arguments, handing on the open files."""
        child = Child(name, arguments, self._environment, files)
        self._children.append(child)
        child.start()
        if self._open:
            child.let_go()

    def run(self, *arguments: str) -> None:
        """Runs `python -m bedside` with these arguments to its end. Raises Plainly where it fails, which says why."""
        command = [sys.executable, "-m", "bedside", *arguments]
        with subprocess.Popen(command, env=self._environment, stdin=subprocess.DEVNULL, process_group=0) as process:
            try:
                failed = process.wait()
            except BaseException:  # somebody asked us to stop
                process.terminate()
                raise
        if failed:
            raise Plainly("What went wrong stands above. Start again to try again.")

    def let_go(self) -> None:
        """The database is ready: every child may begin its work."""
        self._open = True
        for child in self._children:
            child.let_go()

    def watch(self, *, also: Callable[[], None] = lambda: None) -> None:
        """Starts again whatever dies, later each time, until `Stopped` is raised. Raises GaveUp. `also` is called on
        every round, and may raise to end it."""
        while True:
            for child in self._children:
                self._look_after(child)
            also()
            time.sleep(LOOK_EVERY)

    def _look_after(self, child: Child) -> None:
        if child.start_again_at is not None:
            if time.monotonic() >= child.start_again_at:
                child.start()
                if self._open:
                    child.let_go()
            return
        code = child.ended()
        if code is None:
            return
        child.failures = 1 if child.lived() > STEADY else child.failures + 1
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        child.wait(0)
        if code >= 0 and child.failures >= TRIES:
            raise GaveUp(f"{child.name} ended {TRIES} times in a row ({how}); what it wrote above says why.")
        pause = min(LONGEST_PAUSE, 0.25 * 2**child.failures)
        self._say(f"{child.name} ended ({how}); starting it again in {pause:g} s.")
        child.start_again_at = time.monotonic() + pause

    def stop(self) -> None:
        """Ends all children, at once and together."""
        for child in self._children:
            child.ask_to_end()
        until = time.monotonic() + PATIENCE
        for child in self._children:
            child.wait(until)
        self._children.clear()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there, which children can be handed. Raises GaveUp where the address is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen(2048)
    except OSError as refused:
        opened.close()
        if refused.errno == errno.EADDRINUSE:
            raise GaveUp(f"Port {port} is taken by another program: give another one with --port.") from None
        raise GaveUp(f"Nothing can listen on {host}, port {port}: {refused.strerror}.") from None
    return opened


def handed_socket(number: int) -> socket.socket:
    """In a child: the socket that the parent listens on."""
    return socket.socket(fileno=number)


def answers(host: str, port: int, path: str) -> bool:
    """Whether a web server there answers this path well, right now."""
    asking = http.client.HTTPConnection(host.strip("[]"), port, timeout=LOOK_EVERY)
    try:
        asking.request("GET", path)
        return asking.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def run_until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Runs this until it ends by itself, or SIGTERM or Ctrl-C cancels it."""

    async def alone() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for asked in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(asked, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    # what has been imported stays, and a thousand messages a second leave little behind that points to itself
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    asyncio.run(alone())


def wait_to_be_let_go(line: int | None) -> None:
    """In a child: waits until the parent lets go, and from then on ends when the parent does. `line` is the number of
    the file that it was handed; None where nobody started us and there is nothing to wait for."""
    if line is None:
        return
    if os.read(line, 1) == b"":
        raise SystemExit(0)  # the parent ended while we were getting ready
    threading.Thread(target=_end_with_parent, args=(line,), name="line to parent", daemon=True).start()


def _end_with_parent(line: int) -> None:
    while os.read(line, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)
