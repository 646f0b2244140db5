"""What can be taken along: the same numbers, with their notes, and the same bytes every time."""

import csv
import io
import re
import zipfile
from html import unescape
from xml.etree import ElementTree as Xml

import pytest
from django.http import HttpResponse

from daymark.design.charts import Chart
from daymark.insight import asked, downloads, glossary
from daymark.insight.queries import figures as queries
from daymark.insight.terms import UK

from .test_pages import _public_door, charts, get, page, words  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]

NAMES = ("picture", "area", "hidden")
SHEET = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def file(name: str, key: str, form: str) -> HttpResponse:
    response = get(f"figures/{name}/{key}.{form}")
    assert response.status_code == 200, (name, key, form)
    assert response["Content-Disposition"] == f'attachment; filename="daymark-{key}.{form}"'
    return response


def sheets(book: bytes) -> list[list[list[str | float]]]:
    """The sheets of a workbook as rows of cells, read without the library that wrote them."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        texts = [
            "".join(one.itertext())
            for one in Xml.fromstring(parts.read("xl/sharedStrings.xml")).findall("s:si", SHEET)
        ]
        found = []
        for name in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"):
            rows = Xml.fromstring(parts.read(name)).findall(".//s:row", SHEET)
            found.append(
                [
                    [
                        texts[int(value)] if cell.get("t") == "s" else float(value)
                        for cell in row.findall("s:c", SHEET)
                        if (value := cell.findtext("s:v", "", SHEET))
                    ]
                    for row in rows
                ]
            )
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_comes_as_csv_with_its_notes(name: str) -> None:
    for chart in charts(name):
        numbers = file(name, chart.key, "csv").content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(numbers)))
        assert rows[0] == [chart.title]
        assert [chart.not_said] in rows
        assert all([question] in rows for question in chart.query)
        assert rows[-len(chart.table.rows) :] == [list(row) for row in chart.table.rows]


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_comes_as_a_workbook_of_numbers_and_notes(name: str, imported: None) -> None:
    for chart in charts(name):
        numbers, notes = sheets(file(name, chart.key, "xlsx").content)
        assert numbers[0] == list(chart.table.columns)
        for row, cells in zip(numbers[1:], chart.table.rows, strict=True):
            for value, cell in zip(row, cells, strict=True):
                assert (downloads.number(cell)[0] if isinstance(value, float) else cell) == value
        said = {text for row in notes for text in row}
        assert {chart.title, chart.shows, chart.not_said, chart.source, *chart.query} <= said
        assert any(f"http://testserver/figures/{name}/{chart.key}/" in str(text) for text in said)


def test_numbers_of_a_workbook_are_numbers_and_what_is_hidden_stays_hidden() -> None:
    assert downloads.number("16,921") == (16921, "#,##0")
    assert downloads.number("−17") == (-17, "#,##0")
    assert downloads.number("9.0") == (9, "#,##0.0")
    assert downloads.number("55%") == downloads.number("55 %") == (0.55, "0%")
    for words_alone in ("[c]", "–", "7.7 – 10.5", "2009", "=1+1", "not published", ""):
        value, _kind = downloads.number(words_alone)
        assert value is None or words_alone == "2009"
    numbers, _notes = sheets(file("picture", "ages", "xlsx").content)
    row = next(row for row in numbers if row[0] == "2018")
    assert row[1:4] == [3844, "[c]", "[c]"]


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_comes_as_a_drawing_that_stands_alone(name: str) -> None:
    for chart in charts(name):
        response = file(name, chart.key, "svg")
        svg = response.content.decode()
        assert response["Content-Type"] == "image/svg+xml"
        drawing = Xml.fromstring(svg)
        assert "var(" not in svg
        assert "@media" not in svg
        seen = " ".join(
            "".join(one.itertext()) for one in drawing.iter("{http://www.w3.org/2000/svg}text")
        )
        for text in (chart.title, chart.shows, chart.not_said, chart.source):
            assert text in re.sub(r"\s+", " ", seen), chart.key
        for _tone, legend in chart.legend:
            assert legend in seen
        height = float(drawing.get("height", "0"))
        lowest = max(
            float(one.get("y", "0")) for one in drawing.findall("{http://www.w3.org/2000/svg}text")
        )
        assert lowest < height


def test_a_chart_comes_as_a_picture_with_its_letters() -> None:
    response = file("picture", "referrals", "png")
    png = response.content
    assert response["Content-Type"] == "image/png"
    assert png.startswith(b"\x89PNG")
    wide, high = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    assert wide == 1600
    assert high > 900
    # Without a typeface nothing of the words would be painted, and the file a third of the size.
    chart = next(one for one in charts("picture") if one.key == "referrals")
    drawing = downloads.as_svg(chart, "")
    mute = re.sub(r"<text.*?</text>", "", drawing)
    from daymark.design import sheets as drawn

    assert len(png) > 1.5 * len(drawn.png(mute))


@pytest.mark.parametrize("form", ["csv", "xlsx", "svg", "png"])
def test_the_same_chart_gives_the_same_bytes(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from daymark.design import sheets as drawn

    first = file("area", "sent", form).content
    drawn.png.cache_clear()
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert file("area", "sent", form).content == first


def test_no_workbook_carries_a_name_or_a_time() -> None:
    with zipfile.ZipFile(io.BytesIO(file("picture", "who", "xlsx").content)) as parts:
        core = parts.read("docProps/core.xml").decode()
        assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert re.findall(r"\d{4}-\d\d-\d\d", core) == ["2000-01-01", "2000-01-01"]
    assert "<dc:creator></dc:creator>" in core


def test_tables_that_are_no_charts_come_as_numbers_alone() -> None:
    numbers, _notes = sheets(file("hidden", "sums", "xlsx").content)
    assert numbers[1] == ["Essex", 1896590, 1.8, 3400, 171]
    assert file("hidden", "sums", "csv")
    for form in ("svg", "png"):
        assert get(f"figures/hidden/sums.{form}").status_code == 404
    cited = get("figures/hidden/sums/").content.decode()
    assert "A sum, not an estimate”, Daymark, http://testserver/figures/hidden/sums/" in cited
    assert "c-svg" not in cited
    assert 'href="/figures/hidden/sums/"' in get("figures/hidden/").content.decode()


def test_the_editions_of_a_number_come_as_numbers() -> None:
    address = "figures/history/referrals/K02000001/2022/all"
    rows = list(csv.reader(io.StringIO(get(f"{address}.csv").content.decode("utf-8-sig"))))
    assert ["2 March 2023", "16,938", ""] in [row[:3] for row in rows]
    assert ["7 March 2024", "16,921", "−17"] in [row[:3] for row in rows]
    numbers, _notes = sheets(get(f"{address}.xlsx").content)
    assert [row[1] for row in numbers[1:]] == [16938, 16921]
    assert get(f"{address}.svg").status_code == 404
    assert get("figures/history/referrals/K02000001/1999/all.csv").status_code == 404
    assert get("figures/history/referrals/K02000001/2018/age:UNKNOWN.csv").status_code == 404


def test_what_is_not_there_cannot_be_taken() -> None:
    for address in ("picture/nothing.csv", "picture/referrals.pdf", "nothing/referrals.csv"):
        assert get(f"figures/{address}").status_code == 404, address
    assert get("figures/picture/nothing/").status_code == 404


# ---- the query, the citation, the address ----


def test_a_query_is_written_down_as_it_is_asked() -> None:
    with asked.noted() as notes:
        queries.in_year("2022", "referrals")
        queries.in_year("2022", "referrals")
        queries.in_year("1900", "referrals")
    (one,) = notes
    assert (one.measure, one.area, one.periods) == ("referrals", UK, ("2022",))
    assert one.editions == ("2024-03-07",)
    assert one.code == "referrals K02000001 all 2022"
    queries.in_year("2022", "referrals")
    assert len(notes) == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_has_an_address_a_citation_and_the_query_that_made_it(
    name: str, imported: None
) -> None:
    for chart in charts(name):
        assert chart.query, chart.key
        html = page(f"figures/{name}/{chart.key}/")
        assert len(html.encode()) < 60_000
        assert html.count("<h1") == 1
        text = unescape(words(html))
        assert f"“{chart.title}”, Daymark, http://testserver/figures/{name}/{chart.key}/" in text
        assert all(question in text for question in chart.query)
        for form in ("csv", "xlsx", "svg", "png"):
            assert f'href="/figures/{name}/{chart.key}.{form}"' in html


def test_a_query_names_measure_area_period_and_edition(imported: None) -> None:
    children = next(one for one in charts("area") if one.key == "children")
    assert children.query[1] == (
        "Referrals made by a first responder; Essex; by the police, children; 2023; in the "
        "edition of 7 March 2024 [referrals-made E23000028 by:POLICE+age:CHILD 2023]"
    )
    made = next(one for one in charts("area") if one.key == "made")
    assert "; April 2022 to December 2023; " in made.query[0]
    districts = next(one for one in charts("area") if one.key == "districts")
    assert districts.query[0].startswith("Residents; Essex; by council; 2023;")


# ---- words explained where they stand ----


@pytest.mark.parametrize(
    "address", ["figures/", "figures/area/", "figures/hidden/", "figures/picture/decisions/"]
)
def test_each_word_leads_once_to_its_meaning_on_the_same_page(address: str) -> None:
    html = page(address)
    links = re.findall(r'<a class="word" href="#word-([\w-]+)">', html)
    meanings = re.findall(r'<div id="word-([\w-]+)">', html)
    assert links
    assert len(links) == len(set(links))
    assert set(links) == set(meanings)
    assert "&lt;a class" not in html


def test_a_sentence_with_signs_of_markup_stays_a_sentence() -> None:
    marked = glossary.Page().mark("<b> NRM & referrals")
    assert marked.startswith("&lt;b&gt; <a")
    assert "&amp; <a" in marked


def test_the_longest_word_wins_and_a_word_inside_another_is_none() -> None:
    def used(text: str) -> list[str]:
        page = glossary.Page()
        page.mark(text)
        return [word.key for word in page.words]

    assert used("95 % interval") == ["interval"]
    assert used("preferrals") == []


def test_both_glossaries_mean_the_same(request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "docs" / "glossary.md").read_text()
    theirs = dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", text, re.MULTILINE))
    shared = [word for word in glossary.words() if word.name in theirs]
    assert len(shared) > 5
    for word in shared:
        assert theirs[word.name].replace("*", "") == word.meaning


def test_a_chart_knows_its_words_also_in_its_table(imported: None) -> None:
    def keys(chart: Chart) -> set[str]:
        return {word.key for word in glossary.of(chart)}

    decisions = next(one for one in charts("picture") if one.key == "decisions")
    assert {"reasonable-grounds", "conclusive-grounds"} <= keys(decisions)
