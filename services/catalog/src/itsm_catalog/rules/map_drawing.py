"""A graph of services and items as SVG: readable without colour, in light and dark, and read aloud."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from itsm_catalog.rules.map_layout import Edge, Layout, Place, layered

WIDTH, HEIGHT = 172, 54
ACROSS, DOWN = 196, 104
"""From one column, and one layer, to the next."""
MARGIN, HEAD, FOOT = 24, 76, 56
NARROWEST: Final = 680

STYLE: Final = """
svg{font-family:system-ui,"DejaVu Sans",sans-serif}
.page{fill:#fff}.name,.title{fill:#1c2430;font-weight:600}.name{font-size:13px}.title{font-size:18px}
.soft{fill:#566173;font-size:11px}.note{fill:#b42318;font-size:12px}
.edge{fill:none;stroke:#8a94a6;stroke-width:1.4}.head{fill:#8a94a6}
.box{stroke:#8a94a6;stroke-width:1.2}.service .box{fill:#dbe7ff}.item .box{fill:#eef1f5}
.root .box{stroke:#1c2430;stroke-width:2.6}.gone .box{stroke-dasharray:5 4}a:hover .box{stroke:#1c2430}
.dot.good{fill:#1a7f37}.dot.warn{fill:#9a6700}.dot.idle{fill:#6b7482}.dot.gone{fill:#b42318}
@media (prefers-color-scheme:dark){.page{fill:#12161d}.name,.title{fill:#e8ecf3}.soft{fill:#a3adbd}
.note{fill:#ff7b72}.edge,.box{stroke:#6d7889}.head{fill:#6d7889}.service .box{fill:#223a66}
.item .box{fill:#262d38}.root .box,a:hover .box{stroke:#e8ecf3}.dot.good{fill:#56d364}
.dot.warn{fill:#e3b341}.dot.idle{fill:#9aa4b2}.dot.gone{fill:#ff7b72}}
"""
"""The same for every map, so that a Content-Security-Policy may name it by its hash."""

TONES: Final = {
    "live": "good", "in_use": "good", "retiring": "warn", "in_maintenance": "warn", "retired": "gone",
    "cancelled": "gone",
}  # fmt: skip
"""How a state looks; any other is on its way."""
UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no place for, however it is escaped."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A node of a map: `place` is its address, `sort` its type or what kind of thing it is."""

    name: str
    kind: str
    key: str
    status: str
    place: str
    sort: str


def drawing(
    title: str, nodes: Mapping[str, Drawn], edges: Sequence[Edge], root: str, left_out: str | None
) -> str:
    """The SVG of nodes by their ids; `left_out` says what is not shown."""
    layout = layered(list(nodes), edges)
    width = max(NARROWEST, round((layout.columns - 1) * ACROSS + WIDTH + 2 * MARGIN))
    height = HEAD + (layout.layers - 1) * DOWN + HEIGHT + FOOT
    shift = (width - (layout.columns - 1) * ACROSS - WIDTH) / 2
    services = sum(node.kind == "service" for node in nodes.values())
    summary = (
        f"{counted(services, 'service')}, {counted(len(nodes) - services, 'configuration item')} and "
        f"{counted(len(edges), 'dependency', 'dependencies')}"
    )
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc"',
        f' viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f'<title id="title">{safe(title)}</title>',
        f'<desc id="desc">{safe(described(nodes, edges, summary, left_out))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        f'<text class="title" x="{MARGIN}" y="34">{safe(shortened(title, 60))}</text>',
        f'<text class="soft" x="{MARGIN}" y="54">{safe(summary)}. An arrow leads to what is needed.</text>',
        *(edge(layout.ways[pair], shift) for pair in edges),
        *(node(layout, name, nodes[name], name == root, shift) for name in nodes),
        legend(height),
    ]
    if left_out is not None:
        parts.append(f'<text class="note" x="{MARGIN}" y="{height - 10}">{safe(left_out)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def described(nodes: Mapping[str, Drawn], edges: Sequence[Edge], summary: str, left_out: str | None) -> str:
    """The whole graph in words, for whoever does not see it."""
    lines = [f"{summary}."]
    for name, drawn in nodes.items():
        needs = [nodes[other].key for one, other in edges if one == name]
        told = f" needs {', '.join(needs)}" if needs else " needs nothing shown here"
        lines.append(f"{drawn.name} ({drawn.key}, {words(drawn.sort)}, {words(drawn.status)}){told}.")
    return "\n".join([*lines, *([left_out] if left_out else ())])


def node(layout: Layout, name: str, drawn: Drawn, root: bool, shift: float) -> str:
    """A node: services are round, items are not; what is gone is dashed; each links to its record."""
    x, y = corner(layout.places[name], shift)
    tone = TONES.get(drawn.status, "idle")
    kind = "service" if drawn.kind == "service" else "item"
    classes = " ".join([kind, tone, *(["root"] if root else ())])
    radius = HEIGHT / 2 if kind == "service" else 4
    left = 22 if kind == "service" else 14
    told = f"{drawn.name}: {words(drawn.sort)} {drawn.key}, {words(drawn.status)}"
    below = shortened(f"{words(drawn.status)} · {words(drawn.sort)}", 24)
    return (
        f'<a class="{classes}" href="{safe(drawn.place)}"><title>{safe(told)}</title>'
        f'<rect class="box" x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="{radius:g}"/>'
        f'<text class="name" x="{x + left:g}" y="{y + 22:g}">{safe(shortened(drawn.name, 19))}</text>'
        f'<circle class="dot {tone}" cx="{x + left + 4:g}" cy="{y + 37:g}" r="4"/>'
        f'<text class="soft" x="{x + left + 13:g}" y="{y + 41:g}">'
        f"{safe(below)}</text></a>"
    )


def edge(way: Sequence[Place], shift: float) -> str:
    """A curve from the lower side of the dependent to an arrow on the upper side of the dependency."""
    points = [corner(place, shift) for place in way]
    middles = [(x + WIDTH / 2, y) for x, y in points]
    (x, y), (end_x, end_y) = middles[0], middles[-1]
    path, at = [f"M{x:g} {y + HEIGHT:g}"], y + HEIGHT
    for number, (to_x, to_y) in enumerate(middles[1:], 1):
        last = number == len(middles) - 1
        bend = to_y - 7 if last else to_y
        half = (at + bend) / 2
        path.append(f"C{x:g} {half:g} {to_x:g} {half:g} {to_x:g} {bend:g}")
        if not last:
            path.append(f"V{to_y + HEIGHT:g}")
        x, at = to_x, to_y + HEIGHT
    arrow = f"M{end_x:g} {end_y:g}l-4.5 -8h9z"
    return f'<path class="edge" d="{"".join(path)}"/><path class="head" d="{arrow}"/>'


def corner(place: Place, shift: float) -> tuple[float, float]:
    """The upper left corner of a place."""
    column, layer = place
    return round(shift + column * ACROSS, 1), HEAD + layer * DOWN


def legend(height: int) -> str:
    """What shapes and dots mean."""
    y = height - 30
    parts = [
        f'<g class="service"><rect class="box" x="{MARGIN}" y="{y - 9}" width="28" height="14" rx="7"/></g>',
        f'<text class="soft" x="{MARGIN + 36}" y="{y + 2}">service</text>',
        f'<g class="item"><rect class="box" x="{MARGIN + 96}" y="{y - 9}" width="28" height="14"/></g>',
        f'<text class="soft" x="{MARGIN + 132}" y="{y + 2}">configuration item</text>',
    ]
    x = MARGIN + 256
    for tone, meaning in (
        ("good", "in use"), ("warn", "maintenance, retiring"), ("idle", "on its way"), ("gone", "retired"),
    ):  # fmt: skip
        parts.append(f'<circle class="dot {tone}" cx="{x}" cy="{y - 2}" r="4"/>')
        parts.append(f'<text class="soft" x="{x + 9}" y="{y + 2}">{meaning}</text>')
        x += 30 + 6 * len(meaning)
    return "".join(parts)


def words(name: str) -> str:
    """A name of ours in words."""
    return name.replace("_", " ")


def counted(number: int, one: str, more: str | None = None) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def shortened(text: str, most: int) -> str:
    """As much of a text as there is room for."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def safe(text: str) -> str:
    """A text as XML has it."""
    return escape(UNWRITABLE.sub("\ufffd", text))
