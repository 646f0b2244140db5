import json
import subprocess
import sys
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest

from prevalence.__main__ import BAD_INPUT, GIVEN, REFUSED, main
from prevalence.latent import LatentClass

KOSOVO, KOREA, UK = (
    str(files("prevalence.data") / f"{name}.csv") for name in ("kosovo_4", "korea_3", "uk2013_6")
)
PROMISED = {
    "method", "lists", "observed", "estimate", "hidden", "interval", "terms", "empty_pairs",
    "status", "warnings", "verdict", "seed", "version",
}  # fmt: skip


def run(capsys, *arguments):
    code = main(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_estimate_prints_the_promised_keys(capsys):
    code, out, _ = run(capsys, "estimate", KOSOVO, "--resamples", "500", "--seed", "3", "--json")
    said = json.loads(out)
    assert code == GIVEN
    assert set(said) >= PROMISED
    assert said["estimate"] == pytest.approx(14341.66, abs=0.01)
    assert said["interval"]["level"] == 0.95
    assert {"bca", "percentile", "normal", "profile"} < set(said["interval"])
    assert all(low < high for low, high in list(said["interval"].values())[1:])
    assert said["verdict"] in {"usable", "indicative", "do not publish"}


def test_the_same_seed_prints_the_same_numbers_with_any_number_of_workers(capsys):
    one = run(capsys, "estimate", KOSOVO, "--resamples", "2000", "--json")[1]
    two = run(capsys, "estimate", KOSOVO, "--resamples", "2000", "--json", "--workers", "2")[1]
    assert json.loads(one) == json.loads(two)


@pytest.mark.parametrize(
    ("method", "more"), [("bic", ["--max-order", "2"]), ("graphs", []), ("threshold", [])]
)
def test_every_method_answers(capsys, method, more):
    code, out, _ = run(
        capsys, "estimate", KOSOVO, "--method", method, "--resamples", "200", "--json", *more
    )
    assert code == GIVEN
    assert json.loads(out)["method"] == method
    assert json.loads(out)["estimate"] > 4400


@pytest.fixture
def short_chains(monkeypatch):
    """The real sampler, run for a second instead of six."""
    short = partial(LatentClass, chains=6, warm_up=60, keep=60)
    monkeypatch.setattr("prevalence.latent.LatentClass", short)


def test_latent_classes_that_disagree_are_refused(capsys, shared, short_chains):
    table = str(shared / "netherlands_5.csv")
    code, out, _ = run(capsys, "estimate", table, "--method", "latent")
    assert code == REFUSED
    assert "chains have not agreed" in out


def test_a_thin_table_shows_its_overlaps_and_is_refused(capsys):
    code, out, err = run(capsys, "estimate", KOREA)
    assert code == REFUSED
    assert "123 people" in out
    assert "66" in out
    assert "--override" in err
    code, out, _ = run(capsys, "estimate", KOREA, "--json")
    assert code == REFUSED
    assert json.loads(out)["refused"] == ["123 people: fewer than 150 are too few"]


def test_a_written_reason_overrides_and_travels(capsys):
    why = "Asked for by the inquiry, as an illustration"
    code, out, _ = run(capsys, "estimate", KOREA, "--override", why, "--resamples", "200", "--json")
    assert code == GIVEN
    assert json.loads(out)["override"] == why
    assert json.loads(out)["verdict"] == "do not publish"
    assert run(capsys, "estimate", KOREA, "--override", "no")[0] == REFUSED


def test_check_says_whether_a_table_carries_an_estimate(capsys):
    code, out, _ = run(capsys, "check", UK)
    assert code == GIVEN
    assert "2,744 people, 252 on two or more lists" in out
    code, out, _ = run(capsys, "check", KOREA, "--json")
    assert code == REFUSED
    assert json.loads(out)["overlaps"][0] == [77, 66, 18]


def test_models_lists_every_model_with_its_status(capsys):
    code, out, _ = run(capsys, "models", KOREA, "--json")
    said = json.loads(out)
    assert code == GIVEN
    assert len(said["models"]) == 8
    assert said["models"][0]["terms"] == ["b:c", "c:d"]
    assert said["models"][0]["N"] == pytest.approx(157.1667, abs=1e-3)
    assert said["models"][-1]["N"] is None
    assert said["models"][-1]["status"] > 0
    assert "113 of 113 models" in run(capsys, "models", KOSOVO, "--top", "3")[1]


def test_a_local_band_is_never_one_number(capsys):
    code, out, _ = run(capsys, "local", "--population", "192700")
    assert code == GIVEN
    assert "nobody has measured it locally" in out
    assert not any(word.isdigit() for word in out.splitlines()[0].split())
    assert json.loads(run(capsys, "local", "--population", "192700", "--json")[1])["rows"]
    assert run(capsys, "local", "--population", "900")[0] == REFUSED


@pytest.mark.parametrize(
    "arguments",
    [
        ("estimate", "nowhere.csv"),
        ("estimate", KOSOVO, "--threshold", "3"),
        ("estimate", KOSOVO, "--method", "bic", "--threshold", "0.1"),
        ("estimate", KOSOVO, "--max-order", "2"),
        ("estimate", KOSOVO, "--resamples", "5"),
        ("models", UK, "--max-order", "3"),
        ("local", "--population", "100000", "--area-sd", "-1"),
    ],
)
def test_bad_input_is_refused_with_code_2(capsys, arguments):
    code, _, err = run(capsys, *arguments)
    assert code == BAD_INPUT
    assert err.startswith("prevalence: ")


def test_an_unknown_option_is_bad_input_too():
    with pytest.raises(SystemExit) as left:
        main(["estimate", KOSOVO, "--method", "magic"])
    assert left.value.code == BAD_INPUT


def test_compare_gives_a_verdict_with_reasons(capsys, short_chains):
    code, out, _ = run(capsys, "compare", KOSOVO, "--resamples", "300", "--json")
    said = json.loads(out)
    assert code == GIVEN
    assert said["verdict"] == "do not publish"
    assert any("disagree" in reason for reason in said["reasons"])
    assert [r["method"] for r in said["results"]][:2] == ["stepwise", "bic"]
    assert all(set(result) >= PROMISED for result in said["results"])


def test_importing_loads_no_scipy_and_runs_as_a_module():
    code = "import prevalence, sys; prevalence.CaptureTable; sys.exit('scipy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    ran = subprocess.run(
        [sys.executable, "-m", "prevalence", "check", KOREA], capture_output=True, check=False
    )
    assert ran.returncode == REFUSED


def test_strata_in_the_file_are_compared_with_the_whole(capsys, tmp_path, short_chains):
    rows = [line.split(",") for line in Path(KOSOVO).read_text().splitlines()]
    lines = [",".join([*rows[0][:-1], "side", rows[0][-1]])]
    for *pattern, count in rows[1:]:
        half = int(count) // 2
        lines += [",".join([*pattern, "east", str(half)])]
        lines += [",".join([*pattern, "west", str(int(count) - half)])]
    path = tmp_path / "strata.csv"
    path.write_text("\n".join(lines))
    code, out, _ = run(
        capsys, "compare", str(path), "--strata", "side", "--resamples", "100", "--json"
    )
    strata = json.loads(out)["sensitivity"]["strata"]["side"]
    assert code == GIVEN
    assert set(strata) == {"east", "west"}
    assert 5000 < strata["east"] < 12_000
