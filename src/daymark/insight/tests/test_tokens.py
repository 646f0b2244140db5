"""Only tokens are taken for tokens, and nothing clear ever is."""

import hashlib
import secrets
import string
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from daymark.insight import making, tokens, wording
from daymark.insight.terms import Stratum, Unfit
from daymark.site import cli

FIRST = ["Anna", "Nguyễn", "Mohammed", "Zoë", "Oluwaseun", "Siân", "Agnieszka", "Đorđe"]
LAST = ["Smith", "O'Brien", "Van der Berg", "Popescu", "Hoxha", "Al-Hassan", "Lê", "Featherstone"]
words = st.lists(st.sampled_from(FIRST + LAST), min_size=1, max_size=9)
cases = st.sampled_from([str, str.lower, str.upper, str.title, str.casefold])


@st.composite
def names(draw) -> str:
    """As lists write them, and as somebody might to get past a check of length."""
    parts = [draw(cases)(part) for part in draw(words)]
    text = draw(st.sampled_from([" ", "", ", ", "-", "_", ".", "; ", "/"])).join(parts)
    born = draw(st.sampled_from(["", "1990", "19900131", " 31/12/1990", "-1990-12-31"]))
    wide = draw(st.sampled_from([0, 22, 32, 43, 64, 86]))
    text += born
    return (text * 9)[:wide] if wide else text


dates = st.dates().flatmap(
    lambda day: st.sampled_from(
        [day.strftime(form) for form in ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%y", "%d %B %Y", "%Y%m%d")]
    )
)
digits = st.text(string.digits, min_size=1, max_size=15)
phones = st.builds("{}{}".format, st.sampled_from(["+44 ", "0", "07", "(0)", "tel:"]), digits)
emails = st.builds("{}@{}.org".format, names(), st.sampled_from(["example", "x" * 36]))
references = st.from_regex(r"(NRM|GM|URN|BCU)[-/ ]?[0-9]{4,12}([-/][A-Z0-9]{1,6})?", fullmatch=True)
clear = st.one_of(names(), dates, digits, phones, emails, references)


@settings(max_examples=1500, deadline=None)
@given(clear)
def test_nothing_clear_is_taken_for_a_token(text):
    assert isinstance(tokens.token(text), Unfit)


@settings(max_examples=500, deadline=None)
@given(clear, st.sampled_from(["hex", "HEX", "base64", "base64url"]))
def test_nothing_clear_is_taken_in_another_spelling(text, spelling):
    raw = (text * 40).encode()[: {"base64": 48, "base64url": 32}.get(spelling, 32)]
    raw = raw.decode(errors="ignore").encode()
    spelt = {
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "base64": b64encode(raw).decode(),
        "base64url": urlsafe_b64encode(raw).rstrip(b"=").decode(),
    }[spelling]
    assert isinstance(tokens.token(spelt), Unfit)


@settings(max_examples=1000, deadline=None)
@given(st.randoms(use_true_random=True), st.sampled_from([16, 20, 24, 28, 32, 48, 64]))
def test_chance_is_taken_in_hexadecimal(chance, size):
    raw = chance.randbytes(size)
    assert tokens.token(raw.hex()) == raw
    assert tokens.token(f" {raw.hex().upper()} ") == raw


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", Unfit.EMPTY),
        ("Anna Smith", Unfit.NAME),
        ("Nguyễn Thị Lê", Unfit.NAME),
        ("anna@example.org", Unfit.EMAIL),
        ("31/12/1990", Unfit.DAY),
        ("19901231", Unfit.DAY),
        ("07700 900123", Unfit.PHONE),
        ("943 476 5919", Unfit.NHS),
        ("NRM-2024-00017", Unfit.REFERENCE),
        ("0" * 32, Unfit.WORDS),
        ("9434765919" * 4, Unfit.WORDS),
        ("a" * 43, Unfit.NAME),
        ("a" * 32, Unfit.WORDS),
        (b"Anna Smith, born 31/12/1990 Hanoi".hex(), Unfit.CLEAR),
        ("1b" * 15, Unfit.REFERENCE),  # 120 bits are too few
        ("Li Wei", Unfit.NAME),
    ],
)
def test_a_refusal_says_what_the_value_looks_like(value, why):
    assert tokens.token(value) is why


# ---- files ----


def made(number: int) -> list[str]:
    return [hashlib.sha256(str(n).encode()).hexdigest() for n in range(number)]


def file(*rows: str) -> bytes:
    return "\r\n".join(rows).encode()


def test_a_file_is_read_with_its_codes():
    one, two = made(2)
    found = tokens.read(
        file("token:0a1b2c3d;sex;age;area;year", f"{one};f;18-24;E07000071;2025", f"{two};;65+;;")
    )
    assert found.refused == ()
    assert found.made_with == "0a1b2c3d"
    assert found.strata == (Stratum.SEX, Stratum.AGE, Stratum.AREA, Stratum.YEAR)
    assert found.people[bytes.fromhex(one)] == {
        "SEX": "F", "AGE": "18-24", "AREA": "E07000071", "YEAR": "2025",
    }  # fmt: skip
    assert found.people[bytes.fromhex(two)]["SEX"] == "U"


def test_one_row_with_a_name_refuses_the_file_and_is_told_by_its_row():
    found = tokens.read(file("token", *made(50), "Anna Smith", *made(3)))
    assert found.people == {}
    assert found.refused == (tokens.Refusal(52, Unfit.NAME),)
    (told,) = wording.refused(found.refused)
    assert told.rows == [52]
    assert "Anna" not in f"{told.why} {told.remedy}"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (["token,name", "a,b"], Unfit.COLUMN),
        (["token,date of birth", "a,b"], Unfit.COLUMN),
        (["sex", "F"], Unfit.NO_TOKEN),
        (["token,sex,token", "a,F,b"], Unfit.NO_TOKEN),
        (["token,sex,sex", "a,F,F"], Unfit.COLUMN_TWICE),
        (["token"], Unfit.NOBODY),
        ([""], Unfit.NO_CSV),
        (["token,sex", *(f"{one}" for one in made(1))], Unfit.WIDTH),
        (["token,sex", *(f"{one},Anna" for one in made(1))], Unfit.CODE),
        (["token,age", *(f"{one},31/12/1990" for one in made(1))], Unfit.CODE),
        (["token,age", *(f"{one},34" for one in made(1))], Unfit.CODE),
        (["token,year", *(f"{one},19901231" for one in made(1))], Unfit.CODE),
        (["token,sex", *(f"{one},{sex}" for one in made(1) for sex in "FM")], Unfit.DIFFERS),
        (["token", *made(1), "ab" * 20 + "c1" * 4], Unfit.WORDS),
        (["token", *made(1), *(one[:40] for one in made(1))], Unfit.MIXED),
        (
            ["token,area", *(f"{one},E0{n:07}" for n, one in enumerate(made(61)))],
            Unfit.LEVELS,
        ),
    ],
)
def test_a_file_that_is_no_file_of_tokens_is_refused(rows, why):
    found = tokens.read(file(*rows))
    assert found.people == {}
    assert {one.why for one in found.refused} == {why}
    assert wording.refused(found.refused)


def test_no_file_of_bytes_breaks_the_reader():
    for _ in range(200):
        assert tokens.read(secrets.token_bytes(300)).people == {}


def test_every_reason_has_words():
    assert all(wording.refused([tokens.Refusal(2, why)])[0].remedy for why in Unfit)


# ---- making them ----


@pytest.fixture
def project(tmp_path: Path) -> Path:
    secret = tmp_path / "project.secret"
    cli.main(["tokens", "secret", str(secret)])
    return secret


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_two_organisations_make_the_same_token_of_the_same_person(project, tmp_path, capsys):
    police = write(tmp_path / "p.csv", "First,Last,DoB,Sex", "Zoë,O'Brien,31/12/1990,F")
    charity = write(tmp_path / "c.csv", "Name;Born", "O’BRIEN Zoe;1990-12-31")
    for source, columns in (
        (police, ["--name", "First", "Last", "--born", "DoB", "--keep", "Sex"]),
        (charity, ["--name", "Name", "--born", "Born"]),
    ):
        out = str(source.with_suffix(".out"))
        cli.main(["tokens", "make", str(source), out, "--secret", str(project), *columns])
    one, two = (tokens.read((tmp_path / name).read_bytes()) for name in ("p.out", "c.out"))
    assert one.people.keys() == two.people.keys()
    assert len(one.people) == 1
    assert one.made_with == two.made_with == making.fingerprint(making.read_secret(project))
    written = (tmp_path / "p.out").read_text().lower()
    assert not {"zo", "brien", "1990", "first", "dob"} & set(written.replace(",", "\n").split())
    assert "1 people" in capsys.readouterr().out


@settings(max_examples=200, deadline=None)
@given(names(), st.dates(), names(), st.dates())
def test_another_person_or_another_secret_is_another_token(one, born, other, other_born):
    def of(key, name, day):
        return making.token(key, names=[name], born=day.isoformat(), others=[])

    assume(sorted(making.words_of(one)) != sorted(making.words_of(other)) or born != other_born)
    assert of(b"a", one, born) != of(b"a", other, other_born)
    assert of(b"a", one, born) != of(b"b", one, born)
    assert isinstance(tokens.token(of(b"a", one, born)), bytes)


def test_a_part_of_one_column_is_not_mistaken_for_another(project):
    key = making.read_secret(project)
    first = making.token(key, names=[], born=None, others=["ab", "c"])
    assert first != making.token(key, names=[], born=None, others=["a", "bc"])


def test_a_row_that_lacks_something_writes_nothing_unless_it_is_left_out(project, tmp_path, capsys):
    rows = ["n,d", "Anna,1/2/1990", "Ben,", ",1/2/1990", "Cat,13/13/1990"]
    people = write(tmp_path / "p.csv", *rows)
    out = tmp_path / "out.csv"
    asked = ["tokens", "make", str(people), str(out), "--secret", str(project)]
    asked += ["--name", "n", "--born", "d"]
    with pytest.raises(SystemExit, match="row 3: no date of birth"):
        cli.main(asked)
    assert not out.exists()
    cli.main([*asked, "--skip"])
    assert len(tokens.read(out.read_bytes()).people) == 1
    assert "3 rows were left out" in capsys.readouterr().out


def test_nothing_is_overwritten_and_no_other_secret_is_taken(project, tmp_path):
    people = write(tmp_path / "p.csv", "n", "Anna")
    asked = ["tokens", "make", str(people), str(people), "--secret", str(project), "--name", "n"]
    with pytest.raises(SystemExit, match="nothing is overwritten"):
        cli.main(asked)
    with pytest.raises(SystemExit, match="never overwritten"):
        cli.main(["tokens", "secret", str(project)])
    asked[3] = str(tmp_path / "out.csv")
    with pytest.raises(SystemExit, match="no column 'x'"):
        cli.main([*asked[:-1], "x"])
    with pytest.raises(SystemExit, match="no project secret"):
        cli.main([*asked[:5], str(people), *asked[6:]])
    assert project.stat().st_mode & 0o077 == 0
