"""How to get into a demonstration: kept in `demo.json` and printed when both doors are open."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "demo.json"


def told(data: Path, addresses: Mapping[str, str]) -> str:
    """The addresses and the cast, printed and kept in `demo.json`."""
    known = json.loads((data / FILE).read_text())
    known = {"public": addresses["public"], "partner": addresses["partner"], **known}
    write(data, known)
    lines = [
        "",
        "Daymark is open. Everything in it is invented.",
        f"  Public door   {addresses['public']}",
        f"  Partner door  {addresses['partner']}",
        "",
        "  Sign in as (e-mail, password, secret for an authenticator app):",
    ]
    lines += [
        f"  {one['role']:<16} {one['email']:<46} {one['password']}  {one['totp_secret']}"
        for one in known["members"]
    ]
    reporter = known["reporter"]
    lines += ["", f"  A reporter's code, with an answer waiting: {reporter['code']}"]
    lines += ["", f"  All of it stands in {data / FILE}. Ctrl-C stops everything.", ""]
    return "\n".join(lines)


def write(data: Path, told: dict[str, Any]) -> None:
    file = data / FILE
    file.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    file.chmod(0o600)
