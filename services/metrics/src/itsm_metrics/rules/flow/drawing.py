"""A process as SVG: readable without colour, in light and dark, and read aloud."""

from collections.abc import Iterator
from math import sqrt
from typing import Final

from itsm_metrics.rules.flow.picture import Arc, Picture, Stop
from itsm_metrics.rules.flow.xml_text import safe

WIDTH, HEIGHT, DOWN = 290, 46, 84
"""Of an activity; and from one to the next."""
REACH, STEP = 48, 76
"""Of the control points of an arc that skips nothing, and what each row adds."""
MARGIN, HEAD, FOOT, LABEL = 24, 76, 56, 120
NARROWEST: Final = 680
APART: Final = 9
"""Arcs begin below and end above the middle of an activity, those back the other way round."""

STYLE: Final = """
.flow{color:#1c2430;font-family:system-ui,"DejaVu Sans",sans-serif}.flow text{fill:currentColor}
.flow .page{fill:#fff}.flow .title{font-size:18px;font-weight:600}.flow .name{font-size:13px;font-weight:600}
.flow .soft{font-size:11px;fill:#566173}.flow .label{font-size:11px}
.flow .label{paint-order:stroke;stroke:#fff;stroke-width:4px}
.flow .box{fill:#eef1f5;stroke:#8a94a6;stroke-width:1.2}.flow .arc{fill:none;stroke-linecap:round}
.flow .t0{stroke:#6f8fbf}.flow .t1{stroke:#4a7a4f}.flow .t2{stroke:#b7791f}.flow .t3{stroke:#b42318}
.flow .h0{fill:#6f8fbf}.flow .h1{fill:#4a7a4f}.flow .h2{fill:#b7791f}.flow .h3{fill:#b42318}
.flow .worst{stroke-dasharray:10 5}.flow .told{font-weight:700}
@media (prefers-color-scheme:dark){.flow{color:#e8ecf3}.flow .page{fill:#12161d}.flow .soft{fill:#a3adbd}
.flow .label{stroke:#12161d}.flow .box{fill:#262d38;stroke:#6d7889}.flow .t0{stroke:#7ea6e0}
.flow .t1{stroke:#6fbf78}.flow .t2{stroke:#e3b341}.flow .t3{stroke:#ff7b72}.flow .h0{fill:#7ea6e0}
.flow .h1{fill:#6fbf78}.flow .h2{fill:#e3b341}.flow .h3{fill:#ff7b72}}
"""
"""The same for every drawing, so that a Content-Security-Policy may name it by its hash."""


def drawing(title: str, cases: int, picture: Picture) -> str:
    """The SVG of a process."""
    left, right = side(picture, -1), side(picture, 1)
    width = max(NARROWEST, left + WIDTH + right)
    height = HEAD + max(1, len(picture.stops)) * DOWN + FOOT
    at = left + (width - left - WIDTH - right) // 2
    summary = f"{cases:,} {'case' if cases == 1 else 'cases'}. The wider an arc the more took it."
    widest = max((arc.edge.n for arc in picture.arcs), default=1)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" class="flow" role="img"',
        f' aria-labelledby="flow-title flow-desc" viewBox="0 0 {width} {height}"',
        f' width="{width}" height="{height}">',
        f'<title id="flow-title">{safe(title)}</title>',
        f'<desc id="flow-desc">{safe(described(cases, picture))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        f'<text class="title" x="{MARGIN}" y="34">{safe(title)}</text>',
        f'<text class="soft" x="{MARGIN}" y="54">{summary}</text>',
        *(curve(arc, at, widest) for arc in reversed(picture.arcs)),
        *(stop(each, row, at) for row, each in enumerate(picture.stops)),
        *(label(arc, at, widest) for arc in picture.arcs),
        *legend(picture, height),
    ]
    if not picture.stops:
        parts.append(f'<text class="name" x="{MARGIN}" y="{HEAD + 24}">No cases in this period.</text>')
    return "\n".join([*parts, "</svg>\n"])


def side(picture: Picture, way: int) -> int:
    """How much room the arcs onwards (1), or back (-1), take with their labels."""
    longest = max((arc.span * way for arc in picture.arcs), default=0)
    return MARGIN + (apex(longest) + LABEL if longest > 0 else 0)


def apex(rows: int) -> int:
    """How far an arc over so many rows comes out: three quarters of where its control points are."""
    return (REACH + STEP * rows) * 3 // 4


def middle(row: int) -> int:
    """The height of an activity's middle."""
    return HEAD + row * DOWN + HEIGHT // 2


def curve(arc: Arc, at: int, widest: int) -> str:
    """An arc with its arrow."""
    way = 1 if arc.span > 0 else -1
    x = at + WIDTH if way > 0 else at
    start, end = middle(arc.start) + way * APART, middle(arc.end) - way * APART
    out = x + way * (REACH + STEP * abs(arc.span))
    width = thickness(arc, widest)
    size = 5 + width / 2
    tip = x + way * 2 * size
    worst = " worst" if arc.worst else ""
    return (
        f"<g><title>{safe(told(arc))}</title>"
        f'<path class="arc t{arc.tone}{worst}" stroke-width="{width:.1f}" '
        f'd="M{x} {start}C{out} {start} {out} {end} {tip:.1f} {end}"/>'
        f'<path class="h{arc.tone}" d="M{x} {end}L{tip:.1f} {end - size:.1f}V{end + size:.1f}z"/></g>'
    )


def thickness(arc: Arc, widest: int) -> float:
    """Its square grows with how many took it."""
    return 1.2 + 6.8 * sqrt(arc.edge.n / widest)


def label(arc: Arc, at: int, widest: int) -> str:
    """How many took an arc, and how long half of them waited, beside its top."""
    way = 1 if arc.span > 0 else -1
    x = (at + WIDTH if way > 0 else at) + way * (apex(abs(arc.span)) + 5 + thickness(arc, widest) / 2)
    y = (middle(arc.start) + middle(arc.end)) // 2 + 4
    anchor = "start" if way > 0 else "end"
    bold = " told" if arc.worst else ""
    text = f"{arc.edge.n:,} · {lasted(arc.edge.wait.p50)}"
    return f'<text class="label{bold}" text-anchor="{anchor}" x="{x:.1f}" y="{y}">{text}</text>'


def stop(each: Stop, row: int, at: int) -> str:
    """An activity: its name, how often it was, how many begin and end there."""
    y = HEAD + row * DOWN
    said = [f"{each.n:,} in all"]
    said += [
        f"{n:,} {word}"
        for word, n in (("begin", each.begins), ("end", each.ends), ("again", each.repeats))
        if n
    ]
    return (
        f"<g><title>{safe(words(each.name))}: {', '.join(said)}</title>"
        f'<rect class="box" x="{at}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        f'<text class="name" x="{at + 12}" y="{y + 19}">{safe(shortened(words(each.name), 30))}</text>'
        f'<text class="soft" x="{at + 12}" y="{y + 36}">{" · ".join(said)}</text></g>'
    )


def legend(picture: Picture, height: int) -> Iterator[str]:
    """What the colours mean, and what is not drawn."""
    x, y = MARGIN, height - 30
    for tone, text in enumerate(("quickest quarter", "quicker", "slower", "slowest quarter of the arcs")):
        yield f'<path class="arc t{tone}" stroke-width="4" d="M{x} {y}h24"/>'
        yield f'<text class="soft" x="{x + 32}" y="{y + 4}">{text}</text>'
        x += 48 + 6 * len(text)
    yield f'<text class="soft" x="{MARGIN}" y="{height - 8}">{" ".join(notes(picture))}</text>'


def notes(picture: Picture) -> Iterator[str]:
    """What else there is to know."""
    yield "At each arc: how many, and the median wait. Onwards on the right, back on the left."
    if any(arc.worst for arc in picture.arcs):
        yield "Dashed: the bottleneck."
    left = [(picture.activities_left, "activities"), (picture.transitions_left, "transitions")]
    rarer = [f"{n:,} rarer {what}" for n, what in left if n]
    if rarer:
        yield f"Not drawn: {' and '.join(rarer)}."


def described(cases: int, picture: Picture) -> str:
    """The whole drawing in words, for whoever does not see it."""
    stops = (
        f"{words(each.name)}: {each.n:,} times, {each.begins:,} begin and {each.ends:,} end here."
        for each in picture.stops
    )
    arcs = (f"{told(arc)}." for arc in picture.arcs)
    return "\n".join([f"{cases:,} cases.", *stops, *arcs, *notes(picture)])


def told(arc: Arc) -> str:
    """A transition in words."""
    edge = arc.edge
    sentence = (
        f"{words(edge.before)} to {words(edge.after)}: {edge.n:,} times, "
        f"after {lasted(edge.wait.p50)} (median), 90 % within {lasted(edge.wait.p90)}"
    )
    return f"{sentence}; the bottleneck" if arc.worst else sentence


def lasted(seconds: float) -> str:
    """A duration as people say it."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(seconds) >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def words(name: str) -> str:
    """A name of ours in words."""
    return name.replace("_", " ")


def shortened(text: str, most: int) -> str:
    """As much of a text as there is room for."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
