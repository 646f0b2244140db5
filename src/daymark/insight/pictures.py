"""The charts of each page, made from figures. Small counts are hidden here, before anything draws.

Each function returns the charts of a page in their order, or `only` the one with that key; what
lacks its figures (a table nobody has imported yet) is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from daymark.design.charts import (
    Bar,
    Bars,
    Break,
    Chart,
    Columns,
    Dots,
    Lines,
    Series,
    Table,
    change,
)
from daymark.design.maps import PAD, Map, Spot
from daymark.design.maps import Area as Drawn
from daymark.insight import asked, citing, layouts, rules
from daymark.insight.models import Measure
from daymark.insight.naming import type_name
from daymark.insight.queries import figures as queries
from daymark.insight.queries.figures import Said
from daymark.insight.terms import UNKNOWN, Dimension
from daymark.places import outlines
from daymark.places.models import Area
from daymark.places.terms import Landmark

ESSEX, KENT = "E23000028", "E23000032"
OGL = "Open Government Licence v3.0"
LIKE = 8  # forces to compare with, those nearest in residents

Makers = Mapping[str, Callable[[], Chart | None]]
"""How each chart of a page is made, by its key."""


def source(*said: Said) -> str:
    """Where the numbers of a chart come from, by the latest day among them."""
    latest = max((one.published for one in said), default="")
    if not latest:
        return ""
    return _("Source: Home Office NRM statistics, editions to %(day)s, %(licence)s.") % {
        "day": rules.published_name(latest),
        "licence": OGL,
    }


def picture(only: str = "") -> list[Chart]:
    about = queries.measures()
    makers: Makers = {
        "referrals": lambda: _referrals(about["referrals"]),
        "moved": _moved,
        "ages": _ages,
        "places": _places,
        "types": _types,
        "combinations": _type_combinations,
        "nationalities": _nationalities,
        "who": lambda: _who(about["referrals-made"]),
        "decisions": lambda: _decisions(about),
        "notified": lambda: _notified(about["duty-to-notify"]),
        "waiting": lambda: _waiting(about["awaiting-conclusive"]),
    }
    return _made(only, makers)


def _made(only: str, makers: Makers) -> list[Chart]:
    """The charts that have their figures, each with the questions it asked of them."""
    found = []
    for key, maker in makers.items():
        if only in {"", key}:
            with asked.noted() as notes:
                chart = maker()
            if chart:
                found.append((chart, notes))
    said = citing.questions([one for _chart, notes in found for one in notes])
    return [replace(chart, query=[said[one] for one in notes]) for chart, notes in found]


def _referrals(about: Measure) -> Chart | None:
    said = queries.years("referrals")
    if not said:
        return None
    names = list(said)
    numbered = [n for n, year in enumerate(names) if year in {"2014", "2022", names[-1]}]
    first, last = names[0], names[-1]
    return Columns(
        key="referrals",
        title=_("Referrals since the beginning"),
        shows=_(
            "Referrals of potential victims in the whole country rose from %(first)s in %(from)s "
            "to %(last)s in %(to)s, as counted in the latest edition of each year."
        )
        % {
            "first": f"{said[first].value:,}",
            "from": _("the nine months of 2009"),
            "last": f"{said[last].value:,}",
            "to": last,
        },
        not_said=about.not_said,
        groups=names,
        series=[Series(_("Referrals"), [one.value for one in said.values()])],
        numbered=numbered,
        breaks=[Break(names.index("2019"), _("types counted anew"))] if "2019" in said else [],
        unit=_("referrals"),
        table=Table(
            [_("Year"), _("Referrals"), _("Edition")],
            [
                [year, f"{one.value:,}", rules.published_name(one.published)]
                for year, one in said.items()
            ],
        ),
        notes=[
            _("2009: April to December."),
            _("The Home Office leaves the years before 2014 out of its own charts."),
            _(
                "The broken line: until 2018 the National Crime Agency counted, with criminal "
                "exploitation inside labour; from 2019 the Home Office counts it by itself. The "
                "sum of all referrals runs on, no type can be followed across the line."
            ),
        ],
        source=source(*said.values()),
    )


def _moved() -> Chart | None:
    """The difference between what was published first and what is said now."""
    rows = {
        period[:4]: said
        for period, said in sorted(queries.vintages("referrals").items())
        if len(said) > 1 and (len(period) == 4 or "/" in period)
    }
    if not rows:
        return None
    moved = {year: said[-1].value - said[0].value for year, said in rows.items()}
    seen = "2022" if "2022" in rows else [*rows][-1]  # the year people quote
    return Columns(
        key="moved",
        title=_("How each year changed after it was published"),
        shows=_(
            "Each column is the latest count of a year less the one first published: %(year)s went "
            "from %(first)s to %(last)s."
        )
        % {"year": seen, "first": f"{rows[seen][0].value:,}", "last": f"{rows[seen][-1].value:,}"},
        not_said=_(
            "That anything was hidden: duplicates and withdrawn referrals leave the count later. "
            "It does say that a number needs its edition."
        ),
        groups=list(moved),
        series=[Series(_("Change"), list(moved.values()))],
        numbered=range(len(moved)),
        changes=True,
        unit=_("referrals"),
        height=200,
        table=Table(
            [_("Year"), _("First published"), _("Now"), _("Change"), _("All editions")],
            [
                [
                    year,
                    f"{said[0].value:,}",
                    f"{said[-1].value:,}",
                    change(moved[year]),
                    " → ".join(f"{one.value:,}" for one in said),
                ]
                for year, said in rows.items()
            ],
        ),
        source=source(*(one for said in rows.values() for one in said)),
    )


def _stack(
    parts: Mapping[str, tuple[str, dict[str, Said]]],
) -> tuple[list[str], list[Series], Table, list[Said]]:
    """Years that have every part; the parts as series and as a table with shares."""
    first = next(iter(parts.values()))[1]
    names = [year for year in first if all(year in said for _n, said in parts.values())]
    tones = "abc"
    series = [
        Series(name, [said[year].value for year in names], tones[n])
        for n, (name, said) in enumerate(parts.values())
    ]
    columns = [_("Year"), *(one.name for one in series), _("Share of the second")]
    rows = []
    unsaid: list[set[int]] = [set() for _one in series]
    fewest = queries.fewest()
    for n, year in enumerate(names):
        values = [int(one.values[n] or 0) for one in series]
        cells = rules.suppress([values], fewest=fewest)[0]
        for place, cell in enumerate(cells):
            if cell.hidden:
                unsaid[place].add(n)
        share = f"{values[1] / sum(values):.0%}"
        rows.append([year, *(cell.shown for cell in cells), share])
    series = [replace(one, unsaid=where) for one, where in zip(series, unsaid, strict=True)]
    used = [said[year] for _n, said in parts.values() for year in names]
    return names, series, Table(columns, rows), used


def _ages() -> Chart | None:
    adults = queries.years("referrals", breakdown=["age:ADULT"])
    children = queries.years("referrals", breakdown=["age:CHILD"])
    unknown = queries.years("referrals", breakdown=[f"age:{UNKNOWN}"])
    unknown = {year: unknown.get(year, Said(0, said.published)) for year, said in adults.items()}
    names, series, table, used = _stack(
        {
            "ADULT": (_("Adults"), adults),
            "CHILD": (_("Children"), children),
            UNKNOWN: (_("Age not known"), unknown),
        }
    )
    if not names:
        return None
    return Columns(
        key="ages",
        title=_("Adults and children"),
        shows=_("In %(year)s, %(share)s of the people referred had been exploited as children.")
        % {"year": names[-1], "share": table.rows[-1][-1]},
        not_said=_("How old people are now: the age is the one at which they were exploited."),
        groups=names,
        series=series,
        stacked=True,
        numbered=[len(names) - 1],
        unit=_("referrals"),
        table=Table([*table.columns[:-1], _("Children, share")], table.rows),
        source=source(*used),
    )


def _places() -> Chart | None:
    names, series, table, used = _stack(
        {
            place: (name, queries.years("referrals", breakdown=[f"place:{place}"]))
            for place, name in (
                ("UK", _("In the UK alone")),
                ("OVERSEAS", _("Overseas alone")),
                ("BOTH", _("In the UK and overseas")),
            )
        }
    )
    if not names:
        return None
    last = len(names) - 1
    values = [int(one.values[last] or 0) for one in series]
    return Bars(
        key="places",
        title=_("Where exploitation was said to happen"),
        shows=_("In %(year)s, %(share)s of referrals spoke of exploitation overseas alone.")
        % {"year": names[last], "share": table.rows[last][-1]},
        not_said=_(
            "Where in the UK: nobody publishes the place. So a national count is not a count of "
            "exploitation here, still less in one county."
        ),
        bars=[
            Bar(one.name, value, f"{value:,} ({value / sum(values):.0%})", one.tone)
            for one, value in zip(series, values, strict=True)
        ],
        unit=_("referrals"),
        table=Table([*table.columns[:-1], _("Overseas alone, share")], table.rows),
        notes=[_("Where several places were not known, the parts do not make the whole.")],
        source=source(*used),
    )


_TYPES_IN = "2023"


def _types() -> Chart | None:
    counted = _counted_types()
    return _type_sets(counted, _TYPES_IN) if counted else _type_shares()


def _counted_types() -> Mapping[str, int]:
    return queries.detail(Dimension.TYPE, periods=rules.quarters_of(_TYPES_IN))


_TYPES_NOT_SAID = (
    "How common a type is: it says what was recognised and written down. Criminal exploitation "
    "was counted inside labour until 2019, so no line reaches back past that year."
)


def _type_sets(counted: Mapping[str, int], year: str) -> Chart:
    total = sum(counted.values())
    sets: dict[str, int] = {}
    for code, value in counted.items():
        for element in rules.types_of(code) or [UNKNOWN]:
            sets[str(element)] = sets.get(str(element), 0) + value
    cells = rules.suppress([list(sets.values())], fewest=queries.fewest())[0]
    rows = sorted(zip(sets, cells, strict=True), key=lambda pair: -pair[1].value)
    return Bars(
        key="types",
        title=_("Types of exploitation, each counted wherever it occurs"),
        shows=_(
            "Of %(total)s referrals in %(year)s, this many spoke of each type; a person exploited "
            "in two ways is in two bars."
        )
        % {"total": f"{total:,}", "year": year},
        not_said=_(_TYPES_NOT_SAID),
        bars=[
            Bar(
                type_name(code),
                None if cell.hidden else cell.value,
                cell.shown if cell.hidden else f"{cell.value:,} ({cell.value / total:.0%})",
            )
            for code, cell in rows
        ],
        unit=_("referrals"),
        table=Table(
            [_("Type"), _("Referrals")], [[type_name(code), cell.shown] for code, cell in rows]
        ),
        notes=[_COUNTY_LINES()],
        source=_quarterly(year),
    )


def _type_combinations() -> Chart | None:
    year, counted = _TYPES_IN, _counted_types()
    if not counted:
        return None
    ordered = sorted(counted.items(), key=lambda pair: -pair[1])
    top, rest = ordered[:8], ordered[8:]
    rows = [(type_name(code), value) for code, value in top]
    rows.append((_("%(n)s other combinations") % {"n": len(rest)}, sum(v for _c, v in rest)))
    return Bars(
        key="combinations",
        title=_("The same people in the official combinations"),
        shows=_(
            "The Home Office puts each referral of %(year)s into one combination of types, so that "
            "these bars add up to all of them."
        )
        % {"year": year},
        not_said=_(
            "How many people were exploited for labour at all: for that, see the bars by type."
        ),
        bars=[Bar(name, value) for name, value in rows],
        unit=_("referrals"),
        table=Table([_("Combination"), _("Referrals")], [[n, f"{v:,}"] for n, v in rows]),
        source=_quarterly(year),
    )


def _COUNTY_LINES() -> str:  # noqa: N802 -- a constant in the reader's language
    return _(
        "County lines is a flag beside the types: 2,281 referrals in 2022 carried it, 13 % of the "
        "year, three quarters of them boys."
    )


def _quarterly(year: str) -> str:
    return _(
        "Source: Home Office NRM tables of the four quarters of %(year)s, each as first published, "
        "%(licence)s."
    ) % {"year": year, "licence": OGL}


def _type_shares() -> Chart | None:
    wanted = (
        (_("Adults: labour, 2022"), "2022", ["type:LABOUR", "age:ADULT"]),
        (_("Adults: labour, end of 2023"), "2023Q4", ["type:LABOUR", "age:ADULT"]),
        (_("Children: criminal, 2022"), "2022", ["type:CRIMINAL", "age:CHILD"]),
        (_("Children: criminal, end of 2023"), "2023Q4", ["type:CRIMINAL", "age:CHILD"]),
    )
    bars, used = [], []
    for name, period, breakdown in wanted:
        said = queries.vintages("type-share", breakdown=breakdown).get(period)
        if said:
            bars.append(Bar(name, said[-1].value, f"{said[-1].value} %"))
            used.append(said[-1])
    if not bars:
        return None
    return Bars(
        key="types",
        title=_("Types of exploitation"),
        shows=_("Labour is the most frequent type among adults, criminal among children."),
        not_said=_(_TYPES_NOT_SAID),
        bars=bars,
        full=100,
        unit="%",
        table=Table([_("Who and what"), _("Share")], [[b.name, b.shown] for b in bars]),
        notes=[_COUNTY_LINES()],
        source=source(*used),
    )


def _nationalities() -> Chart | None:
    names = ("British", "Albanian", "Vietnamese", "Eritrean", "Sudanese")
    said = {
        name: queries.in_year("2024", "referrals", breakdown=[f"nationality:{name}"])
        for name in names
    }
    known = {name: one for name, one in said.items() if one}
    whole = queries.in_year("2024", "referrals")
    if not known or whole is None:
        return None
    return Bars(
        key="nationalities",
        title=_("The five nationalities named most often in 2024"),
        shows=_("People from the United Kingdom are the largest group, nearly one in four."),
        not_said=_(
            "Anything about communities here: who is recognised and asked depends on who looks."
        ),
        bars=[
            Bar(name, one.value, f"{one.value:,} ({one.value / whole.value:.0%})")
            for name, one in known.items()
        ],
        unit=_("referrals"),
        table=Table(
            [_("Nationality"), _("Referrals")], [[n, f"{o.value:,}"] for n, o in known.items()]
        ),
        notes=[
            _("What we name otherwise than the tables: %(names)s. Dual nationals are a pair.")
            % {
                "names": "; ".join(
                    f"{shown} ({', '.join(printed)})"
                    for shown, printed in layouts.nationality_aliases().items()
                )
            }
        ],
        source=source(*known.values()),
    )


def _who(about: Measure) -> Chart | None:
    wanted = (
        ("GOVERNMENT", _("Government agencies")),
        ("LOCAL_AUTHORITY", _("Councils")),
        ("POLICE", _("Police")),
        ("CHARITY", _("Charities")),
    )
    said = {
        name: queries.in_year("2023", "referrals-made", breakdown=[f"by:{code}"])
        for code, name in wanted
    }
    known = {name: one for name, one in said.items() if one}
    if len(known) < len(wanted):
        return None
    total = sum(one.value for one in known.values())
    return Bars(
        key="who",
        title=_("Who refers"),
        shows=_("Government agencies, most of all those at the border, made half of 2023."),
        not_said=about.not_said,
        bars=[
            Bar(name, one.value, f"{one.value:,} ({one.value / total:.0%})")
            for name, one in known.items()
        ],
        unit=_("referrals"),
        table=Table(
            [_("First responder"), _("Referrals")], [[n, f"{o.value:,}"] for n, o in known.items()]
        ),
        notes=[
            _(
                "Government agencies as the bulletin prints them; the others summed from the four "
                "quarterly tables. The parts differ from the year's total by some tens."
            )
        ],
        source=source(*known.values()),
    )


def _decisions(about: Mapping[str, Measure]) -> Chart | None:
    keys = (
        ("reasonable-grounds", _("First decisions (reasonable grounds)"), "a"),
        ("conclusive-grounds", _("Final decisions (conclusive grounds)"), "b"),
    )
    said = {key: queries.years(key) for key, _n, _t in keys}
    names = sorted({year for years in said.values() for year in years})
    series = [
        Series(name, [one.value if (one := said[key].get(y)) else None for y in names], tone)
        for key, name, tone in keys
    ]
    pairs = zip(names, *(one.values for one in series), strict=True)
    shares = [
        _("%(n)s in %(year)s") % {"n": round(100 * final / first), "year": year}
        for year, first, final in pairs
        if first and final
    ]
    if not shares:
        return None
    return Lines(
        key="decisions",
        title=_("Decisions"),
        shows=_("For every hundred first decisions there were this many final ones: %(shares)s.")
        % {"shares": ", ".join(shares[-3:])},
        not_said=about["conclusive-grounds"].not_said,
        groups=names,
        series=series,
        unit=_("decisions"),
        table=Table(
            [_("Year"), *(one.name for one in series)],
            [
                [year, *(f"{v:,.0f}" if (v := one.values[n]) else "–" for one in series)]
                for n, year in enumerate(names)
            ],
        ),
        notes=[
            _(
                "Positive: first decisions 55 %, 53 % (2023, 2024), final ones 89 %, 66 %, 56 % "
                "(2022 to 2024). The test for first decisions became stricter in January 2023 and "
                "was revised in July and October of that year."
            )
        ],
        source=source(*(one for years in said.values() for one in years.values())),
    )


def _notified(about: Measure) -> Chart | None:
    said = {year: one for year, one in queries.years("duty-to-notify").items() if year > "2015"}
    if not said:
        return None
    names = list(said)
    return Columns(
        key="notified",
        title=_("Adults who did not agree to be referred"),
        shows=_("Reports under the Duty to Notify: %(first)s in %(from)s, %(last)s in %(to)s.")
        % {
            "first": f"{said[names[0]].value:,}",
            "from": names[0],
            "last": f"{said[names[-1]].value:,}",
            "to": names[-1],
        },
        not_said=about.not_said,
        groups=names,
        series=[Series(_("Reports"), [one.value for one in said.values()])],
        numbered=[0, len(names) - 1],
        unit=_("reports"),
        height=200,
        table=Table(
            [_("Year"), _("Reports")], [[year, f"{one.value:,}"] for year, one in said.items()]
        ),
        source=source(*said.values()),
    )


def _waiting(about: Measure) -> Chart | None:
    said = queries.years("awaiting-conclusive")
    if not said:
        return None
    names = {
        year: _("Highest number published") if year == "2022" else _("End of %(y)s") % {"y": year}
        for year in said
    }
    return Bars(
        key="waiting",
        title=_("Waiting for a final decision"),
        shows=_("The queue was %(most)s people at its longest and %(last)s at the end of %(year)s.")
        % {
            "most": f"{max(one.value for one in said.values()):,}",
            "last": f"{list(said.values())[-1].value:,}",
            "year": [*said][-1],
        },
        not_said=about.not_said,
        bars=[Bar(names[year], one.value) for year, one in said.items()],
        unit=_("people"),
        table=Table(
            [_("When"), _("People waiting")],
            [[names[year], f"{one.value:,}"] for year, one in said.items()],
        ),
        notes=[_("Our source does not give the day of the highest number.")],
        source=source(*said.values()),
    )


# ---- our area ----


def area(only: str = "", *, on: date) -> list[Chart]:
    about = queries.measures()
    makers: Makers = {
        "sent": lambda: _sent(about["referrals-sent"]),
        "made": lambda: _side_by_side(about["referrals-made"]),
        "rates": lambda: _rates(on),
        "children": _children,
        "area-types": _area_types,
        "districts": lambda: _districts(on),
    }
    return _made(only, makers)


def _side_by_side(about: Measure) -> Chart | None:
    essex = queries.quarters("referrals-made", area=ESSEX, breakdown=["by:POLICE"])
    kent = queries.quarters("referrals-made", area=KENT, breakdown=["by:POLICE"])
    names = [period for period in essex if period in kent]
    if not names:
        return None
    series, ranges = [], []
    for name, said, tone in ((_("Essex Police"), essex, "a"), (_("Kent Police"), kent, "b")):
        values = [said[period].value for period in names]
        series.append(Series(name, values, tone))
        ranges.append([rules.poisson_interval(value) for value in values])
    return Lines(
        key="made",
        title=_("Referrals made by the two forces, by quarter"),
        shows=_(
            "Each point is a quarter; the whisker is how far chance alone could move it, so most "
            "ups and downs of one quarter mean nothing."
        ),
        not_said=about.not_said,
        groups=[f"{period[4:]} {period[2:4]}" for period in names],
        series=series,
        intervals=ranges,
        unit=_("referrals"),
        table=Table(
            [_("Quarter"), *(one.name for one in series)],
            [
                [rules.period_name(period), *(f"{one.values[n]:,.0f}" for one in series)]
                for n, period in enumerate(names)
            ],
        ),
        notes=[_("Whiskers: exact 95 % intervals of a Poisson count.")],
        source=source(*essex.values(), *kent.values()),
    )


def _sent(about: Measure) -> Chart | None:
    said = queries.years("referrals-sent", area=ESSEX)
    if not said:
        return None
    made = queries.in_year("2023", "referrals-made", area=ESSEX, breakdown=["by:POLICE"])
    bars = [
        Bar(_("Sent to Essex Police, %(year)s") % {"year": year}, one.value, tone="b")
        for year, one in said.items()
    ]
    if made:
        bars.append(Bar(_("Made by Essex Police, 2023"), made.value))
    return Bars(
        key="sent",
        title=_("Two counts that are often taken for one"),
        shows=_(
            "Anybody's referral may be sent to Essex Police to investigate; only what its own "
            "officers wrote is made by it. So the first count is larger."
        ),
        not_said=_(
            "That cases fell: the bars are two different counts, of different years. Nobody has "
            "published the cases sent to Essex Police after 2021."
        ),
        bars=bars,
        tones=[("b", _("Sent to the force")), ("a", _("Made by the force"))],
        unit=_("referrals"),
        table=Table([_("Count"), _("Referrals")], [[b.name, f"{b.value:,.0f}"] for b in bars]),
        source=_("Source: Home Office figures quoted by the local press (2021, 2022); NRM tables."),
    )


def _rates(on: date) -> Chart | None:
    made = queries.made_by_force("2023")
    known = {f.code: f for f in queries.forces(year=2023, on=on) if f.code in made}
    if ESSEX not in known:
        return None
    own = known[ESSEX].residents
    others = sorted(
        (force for code, force in known.items() if code not in (ESSEX, KENT)),
        key=lambda force: abs(force.residents - own),
    )[: LIKE - 2]
    chosen = [known[code] for code in (ESSEX, KENT) if code in known] + others
    rows, fewest = [], queries.fewest()
    for force in chosen:
        number = made[force.code]
        if 0 < number < fewest:
            continue
        per = 100_000 / force.residents
        low, high = (end * per for end in rules.poisson_interval(number))
        rows.append((force, number, number * per, low, high))
    rows.sort(key=lambda row: -row[2])
    return Bars(
        key="rates",
        title=_("Referrals made for every 100,000 residents, 2023"),
        shows=_("The two forces beside those that serve about as many people as Essex Police.")
        if others
        else _("The two forces beside each other."),
        not_said=_(
            "Where there is more slavery: a force that looks harder, or has a port or an airport, "
            "refers more. Where the lines of two forces overlap, chance may explain it."
        ),
        bars=[
            Bar(
                force.name,
                rate,
                f"{rate:.1f} ({number:,})",
                "a" if force.code in (ESSEX, KENT) else "b",
                low,
                high,
            )
            for force, number, rate, low, high in rows
        ],
        tones=[("a", _("Essex and Kent")), ("b", _("Forces of like size"))] if others else [],
        unit=_("per 100,000"),
        table=Table(
            [_("Force"), _("Referrals"), _("Residents"), _("Rate"), _("95 % interval")],
            [
                [
                    force.name,
                    f"{number:,}",
                    f"{force.residents:,}",
                    f"{rate:.1f}",
                    f"{low:.1f} – {high:.1f}",
                ]
                for force, number, rate, low, high in rows
            ],
        ),
        notes=[
            _(
                "Like forces: the six nearest to Essex in residents. These are not the police's "
                "own families of similar forces."
            ),
            _("Residents: Office for National Statistics, mid-2023."),
        ],
        source=_quarterly("2023"),
    )


def _children() -> Chart | None:
    bars, rows = [], []
    for name, code in ((_("Essex Police"), ESSEX), (_("Kent Police"), KENT)):
        whole = queries.in_year("2023", "referrals-made", area=code, breakdown=["by:POLICE"])
        young = queries.in_year(
            "2023", "referrals-made", area=code, breakdown=["by:POLICE", "age:CHILD"]
        )
        if whole is None or young is None:
            continue
        low, high = rules.share_interval(young.value, whole.value)
        share = young.value / whole.value
        shown = _("%(share)s (%(n)s of %(all)s)") % {
            "share": f"{share:.0%}",
            "n": young.value,
            "all": whole.value,
        }
        bars.append(Bar(name, share, shown, "a", low, high))
        rows.append([name, str(young.value), str(whole.value), f"{low:.0%} – {high:.0%}"])
    if not bars:
        return None
    return Bars(
        key="children",
        title=_("Exploited as children, share of the referrals each force made in 2023"),
        shows=_("More than half of what Essex Police referred was about children."),
        not_said=_("The share among all victims: police meet children more often than others do."),
        bars=bars,
        full=1,
        table=Table([_("Force"), _("Children"), _("All"), _("95 % interval of the share")], rows),
        notes=[_("Referrals without a known age are in the whole and not among the children.")],
        source=_quarterly("2023"),
    )


def _area_types() -> Chart | None:
    """Types by force, with small cells and what would give them away hidden."""
    tables = {
        name: queries.detail(
            Dimension.TYPE, periods=rules.quarters_of("2023"), area=code, within=["by:POLICE"]
        )
        for name, code in ((_("Essex Police"), ESSEX), (_("Kent Police"), KENT))
    }
    if not all(tables.values()):
        return None
    codes = sorted(
        {code for counted in tables.values() for code in counted},
        key=lambda code: -sum(counted[code] for counted in tables.values()),
    )
    fewest = queries.fewest()
    cells = rules.suppress(
        [[counted[code] for counted in tables.values()] for code in codes], fewest=fewest
    )
    essex = [(code, row[0]) for code, row in zip(codes, cells, strict=True) if not row[0].hidden]
    return Bars(
        key="area-types",
        title=_("What Essex Police wrote down in 2023"),
        shows=_("Criminal exploitation alone was given most often."),
        not_said=_(
            "Every combination: counts below %(fewest)s, and counts from which they could be "
            "worked out, are hidden as [c]. The Home Office prints them; one person is "
            "recognisable in a small county cell, so we do not."
        )
        % {"fewest": fewest},
        bars=[Bar(type_name(code), cell.value) for code, cell in essex if cell.value],
        unit=_("referrals"),
        table=Table(
            [_("Combination"), *tables],
            [
                [type_name(code), *(cell.shown for cell in row)]
                for code, row in zip(codes, cells, strict=True)
            ],
        ),
        source=_quarterly("2023"),
    )


_SIGNS = {Landmark.AIRPORT: "ring", Landmark.PORT: "square"}


def _districts(on: date) -> Chart | None:
    rows = queries.districts(ESSEX, year=2023, on=on)
    drawable = [row for row in rows if row[0].code in outlines.codes()]
    if not drawable:
        return None
    drawing = outlines.drawing([council.code for council, _y, _a in drawable], width=900)

    def drawn(council: Area, young: int, grown: int) -> Drawn:
        people = young + grown
        path = drawing.paths[council.code]
        return Drawn(council.code, council.name, path, people, f"{people / 1000:.0f}k")

    spots = outlines.spots(drawing, kinds=set(_SIGNS), margin=PAD - 10)
    names = {kind: [s.name for s in spots if s.kind == kind] for kind in _SIGNS}

    return Map(
        key="districts",
        title=_("Who lives where: the only thing known for each district"),
        shows=_("Residents of the 14 councils of the Essex Police area, mid-2023."),
        not_said=_(
            "How many victims there are in any of them. Referrals are published by the force that "
            "made them, never by place, so nobody can say how many there are in Colchester: there "
            "is no count, and no estimate reaches below the country."
        ),
        areas=[drawn(*row) for row in drawable],
        width=drawing.width,
        height=drawing.height,
        ground=outlines.land(drawing, margin=PAD),
        spots=[Spot(_SIGNS[s.kind], s.name, *drawing.place(s.easting, s.northing)) for s in spots],
        signs=[("ring", _("Airport")), ("square", _("Port"))],
        notes=[
            _("For orientation: airports %(airports)s; ports %(ports)s.")
            % {
                "airports": ", ".join(names[Landmark.AIRPORT]),
                "ports": ", ".join(names[Landmark.PORT]),
            }
        ],
        unit=_("residents"),
        table=Table(
            [_("Council"), _("Residents"), _("Under 18"), _("Referrals")],
            [
                [c.name, f"{young + grown:,}", f"{young / (young + grown):.0%}", _("not published")]
                for c, young, grown in drawable
            ],
        ),
        source=_(
            "Source: Office for National Statistics, mid-2023 estimates and boundaries, %(ogl)s. "
            "Contains OS data © Crown copyright and database right 2011."
        )
        % {"ogl": OGL},
    )


# ---- how many are hidden ----


def hidden(only: str = "") -> list[Chart]:
    return _made(only, {"estimates": _estimates, "gap": _gap})


def _estimates() -> Chart | None:
    rows = queries.estimates()
    if not rows:
        return None
    bars, table = [], []
    for row in rows:
        name = f"{row.edition.title.split(':')[0]}, {_('for')} {row.period}"
        value = None if row.value is None else float(row.value)
        low = None if row.low is None else float(row.low)
        high = None if row.high is None else float(row.high)
        if value is not None:
            shown = f"{value:,.0f}"
            if low is not None and high is None:
                shown = _("at least %(n)s") % {"n": shown}
        else:
            shown = f"{low:,.0f} – {high:,.0f}"
        short_name = _short_names().get((row.edition.series, row.edition.published), name)
        bars.append(Bar(short_name, value, shown, "a", low, high))
        published = rules.published_name(row.edition.published)
        table.append([short_name, shown, row.period, published, row.edition.publisher, row.caveat])
    return Dots(
        key="estimates",
        title=_("Estimates of people in modern slavery in the UK"),
        shows=_("Five estimates lie between about ten thousand and 136,000."),
        not_said=_(
            "A rise or a fall. Each counts something else by another method: 136,000 and 122,000 "
            "are two editions of one index that changed its method, not two readings of one thing."
        ),
        bars=bars,
        low=5_000,
        high=300_000,
        unit=_("people"),
        table=Table(
            [_("Estimate"), _("People"), _("For"), _("Published"), _("By"), _("Note")], table
        ),
        notes=[
            _(
                "Index: the Global Slavery Index of Walk Free. CSJ: Centre for Social Justice with "
                "Justice and Care."
            ),
            _(
                "The scale grows tenfold from 10k to 100k. A band is a range of the source; the "
                "indices print none for a single country."
            ),
        ],
        source=_("Sources: in the table, each with its edition."),
    )


def _short_names() -> dict[tuple[str, str], str]:
    return {
        ("mse-2013", "2014"): _("Home Office 2013"),
        ("gsi", "2016"): _("Index 2016"),
        ("gsi", "2018"): _("Index 2018, for 2016"),
        ("gsi", "2023-05-24"): _("Index 2023, for 2021"),
        ("csj", "2020"): _("CSJ 2020"),
    }


def _gap() -> Chart | None:
    referred = queries.in_year("2021", "referrals")
    estimate = queries.in_year("2021", "estimate", breakdown=["method:GSI-2023"])
    if referred is None or estimate is None:
        return None
    share = referred.value / estimate.value
    return Bars(
        key="gap",
        title=_("Known and estimated, 2021"),
        shows=_(
            "For every hundred people the index estimates, about %(n)s were referred that year."
        )
        % {"n": round(share * 100)},
        not_said=_(
            "That the rest wait to be found here: referrals include people exploited only abroad, "
            "the index is a model, and one is a year while the other is a day."
        ),
        bars=[
            Bar(_("Referred in the year"), referred.value),
            Bar(_("Estimated on any one day"), estimate.value, tone="b"),
        ],
        unit=_("people"),
        table=Table(
            [_("What"), _("People")],
            [
                [_("Referred in the year"), f"{referred.value:,}"],
                [_("Estimated on any one day"), f"{estimate.value:,}"],
            ],
        ),
        source=_("Sources: Home Office, March 2024; Walk Free, Global Slavery Index 2023."),
    )


def sums(only: str = "", *, on: date) -> list[Chart]:
    """What the national rate would come to if it held everywhere: arithmetic, no estimate."""
    return _made(only, {"sums": lambda: _sum(on)})


def _sum(on: date) -> Chart | None:
    forces = {force.code: force for force in queries.forces(year=2023, on=on)}
    rate = Decimal("1.8")
    rows = []
    for code in (ESSEX, KENT):
        if force := forces.get(code):
            made = queries.in_year("2023", "referrals-made", area=code, breakdown=["by:POLICE"])
            product = round(force.residents * rate / 1000, -2)
            rows.append(
                [
                    force.name,
                    f"{force.residents:,}",
                    str(rate),
                    f"{product:,.0f}",
                    f"{made.value:,}" if made else "–",
                ]
            )
    if not rows:
        return None
    return Chart(
        key="sums",
        title=_("A sum, not an estimate"),
        shows=_(
            "People ask for a number for their county. This is all that can be worked out: "
            "residents, times the national rate of the Global Slavery Index 2023, if that rate "
            "held evenly everywhere. It does not: nobody has shown that it holds anywhere below "
            "the country."
        ),
        not_said=_(
            "How many people are in slavery in Essex or Kent. It is arithmetic with one "
            "assumption, and the assumption is not true."
        ),
        table=Table(
            [
                _("Police force area"),
                _("Residents"),
                _("Rate per 1,000"),
                _("If spread evenly, about"),
                _("Referrals made by the force in 2023"),
            ],
            rows,
        ),
        source=_(
            "Residents: Office for National Statistics, mid-2023. Rate: Walk Free, Global Slavery "
            "Index 2023, for 2021."
        ),
    )
