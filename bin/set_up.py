"""Makes the checkout's own environment in .venv, or brings it up to date, and then becomes the program asked for.

Called by bin/run and its like with any Python 3.11 or newer; needs nothing else. What is installed is exactly what
requirements.lock names, each file checked against the hash written there.

    set_up.py [--dev] PROGRAM [ARGUMENTS ...]     PROGRAM is the name of a module, run by .venv's Python
    set_up.py [--dev] --only                      sets up and runs nothing
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "bedside.json"


def main() -> None:
    arguments = sys.argv[1:]
    dev = arguments[:1] == ["--dev"]
    if dev:
        arguments = arguments[1:]
    lock = ROOT / ("requirements-dev.lock" if dev else "requirements.lock")
    if not fits(lock):
        # the folder itself is the lock between two who install at once; it goes with its holder, however that ends
        folder = os.open(ROOT, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Another start is installing here; waiting for it ...")
            fcntl.flock(folder, fcntl.LOCK_EX)
        try:
            if not fits(lock):
                install(lock)
        finally:
            os.close(folder)
    if arguments == ["--only"]:
        return
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    os.execve(PYTHON, [str(PYTHON), "-m", *arguments], environment)


def wanted(lock: Path) -> dict[str, str]:
    """What must be true of the environment: where it is, which Python it leads to, and the locks' contents."""
    return {
        "root": str(ROOT),
        "python": os.path.realpath(PYTHON),
        lock.name: hashlib.sha256(lock.read_bytes()).hexdigest(),
    }


def stamped() -> dict[str, str]:
    """What the last installation that came to its end left written."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def fits(lock: Path) -> bool:
    have = stamped()
    return os.access(PYTHON, os.X_OK) and all(have.get(name) == value for name, value in wanted(lock).items())


def install(lock: Path) -> None:
    have, want = stamped(), wanted(lock)
    if not os.access(PYTHON, os.X_OK) or any(have.get(name) != want[name] for name in ("root", "python")):
        tell("Making the environment in .venv (once) ...")
        shutil.rmtree(VENV, ignore_errors=True)
        if VENV.exists() or not os.access(ROOT, os.W_OK):
            stop(
                f"{VENV} cannot be made anew: it, or the folder around it, belongs to another user. Start as that user."
            )
        have = {}
        made = run([sys.executable, "-m", "venv", str(VENV)])
        if made.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            stop(
                f"{made.stdout}\nPython's venv module does not work here. On Debian and Ubuntu: apt-get install "
                f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
            )
        # what is below this folder is imported from wherever the program is started
        packages = next((VENV / "lib").glob("python3*/site-packages"))
        (packages / "bedside-checkout.pth").write_text(f"{ROOT}\n")
        want = wanted(lock)  # which Python it leads to is known only now
    tell(f"Installing what {lock.name} names (once; half a minute or so) ...")
    done = run(
        [
            *(str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"),
            # nothing is compiled here; dkimpy, which only judges mail in the tests, comes as plain Python source
            *("--only-binary", ":all:", "--no-binary", "dkimpy"),
            *("--disable-pip-version-check", "--no-input", "-r", str(lock)),
        ]
    )
    if done.returncode:
        stop(f"{done.stdout}\nInstalling did not work; the lines above say why. Starting again goes on from here.")
    if lock.name == "requirements-dev.lock":
        want |= wanted(ROOT / "requirements.lock")  # the one for developing holds all of the other
    STAMP.write_text(json.dumps({**have, **want}, indent=1))


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    """Runs this without what a person's own environment would change, such as another virtualenv or a home's cache."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    environment.pop("VIRTUAL_ENV", None)
    environment["PIP_ROOT_USER_ACTION"] = "ignore"
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def stop(words: str) -> None:
    tell(words.strip())
    sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        tell("\nStopped while setting up; the next start goes on from here.")
        sys.exit(130)
