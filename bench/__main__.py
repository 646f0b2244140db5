"""`make bench`: every benchmark, one after another, beside a throwaway house.

    python -m bench            all of them
    python -m bench places     one

Each prints ratios of things measured side by side in one run: on a busy machine seconds say
little, ratios say much.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from daymark.site import cluster
from daymark.site import house as houses

HERE = Path(__file__).parent


def main() -> None:
    names = sys.argv[1:] or sorted(
        path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_")
    )
    with tempfile.TemporaryDirectory(prefix="dm-bench-") as folder:
        with houses.opened(Path(folder)) as (house, _):
            house.run("owner-migrate")
            for name in names:
                measure(name, house)
        cluster.remove(Path(folder))


def measure(name: str, house: houses.House) -> None:
    print(f"\n== {name}", flush=True)
    told = os.environ | house.environment("owner")
    told["BENCH_PARTNER_URL"] = house.urls["partner"]
    told["PYTHONPATH"] = os.pathsep.join([str(HERE.parent / "src"), str(HERE.parent)])
    subprocess.run([sys.executable, "-m", f"bench.{name}"], env=told, check=True)


if __name__ == "__main__":
    main()
