"""Drawing a diagram of classes: boxes in columns, each property a line from its class to another.

A property is told inside the box of the class that it is said of, so no name stands on a line. Layers by the longest
way, lines that cross several columns go through places of their own there, and the order in a column is that of what
a box is joined to (Sugiyama, Tagawa and Toda, 1981: layered drawings).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

MOST = 40  # boxes; beyond, a list tells more
CHARACTER = 7.0  # width of one in the diagram's type, about
HEAD, ROW, PAD, GAP, LANE, COLUMN_GAP = 32, 22, 10, 24, 20, 60
NARROWEST, WIDEST = 96, 245
SWEEPS = 6


@dataclass(frozen=True)
class Row:
    """A property, or a kind, in a box: its name, perhaps shortened, the whole name, its place."""

    iri: str
    text: str
    title: str
    y: float


@dataclass(frozen=True)
class Box:
    """A class: its place, its properties, the kinds that have no box of their own."""

    iri: str
    text: str
    title: str
    x: float
    y: float
    width: float
    height: float
    rows: tuple[Row, ...]
    kinds: tuple[Row, ...]


@dataclass(frozen=True)
class Line:
    """From a class to another: the path as SVG writes it; *kind* for a class that is a kind of another."""

    path: str
    kind: bool


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass
class _Node:
    """A class before it has a place, or, without name, the place where a line goes through a column."""

    name: str
    edges: list[tuple[str, str]] = field(default_factory=list)  # property or "", target
    kinds: list[str] = field(default_factory=list)
    layer: int = 0
    width: float = 0
    height: float = LANE
    x: float = 0
    y: float = 0


def draw(
    relations: Iterable[tuple[str, str, str]], parents: Iterable[tuple[str, str]], names: Mapping[str, str]
) -> Drawing | None:
    """The diagram of *relations* (class, property, class) and *parents* (class, the class that it is a kind of).

    names    what classes and properties are called
    returns  None when there is nothing to draw, or more than ``MOST`` classes
    """
    nodes = _nodes(sorted(set(relations)), sorted(set(parents)))
    if not 0 < len(nodes) <= MOST:
        return None
    _layer(nodes)
    for found in nodes.values():
        _measure(found, names)
    columns, chains = _columns(nodes)
    _order(columns, chains)
    for name, found in nodes.items():  # properties from top to bottom as where they lead to
        found.edges.sort(key=lambda edge, name=name: (chains[name, *edge][1].y, edge))  # type: ignore[misc]
    return _drawn(nodes, columns, chains, names)


def _nodes(relations: Sequence[tuple[str, str, str]], parents: Sequence[tuple[str, str]]) -> dict[str, _Node]:
    """The classes that properties join; a class that is only a kind of one of them stands in its box."""
    joined = {end for source, _, target in relations for end in (source, target)}
    nodes = {iri: _Node(iri) for iri in sorted(joined)}
    for source, property_, target in relations:
        nodes[source].edges.append((property_, target))
    for child, parent in parents:
        if parent in nodes and child in nodes:
            nodes[child].edges.insert(0, ("", parent))
        elif parent in nodes:
            nodes[parent].kinds.append(child)
    return nodes


def _layer(nodes: dict[str, _Node]) -> None:
    """Each class in a later column than those that lead to it; a line that would close a circle does not count."""
    done: dict[str, bool] = {}  # False while those below are being looked at
    order: list[str] = []
    forward: dict[str, list[str]] = defaultdict(list)

    def visit(name: str) -> None:
        done[name] = False
        for _, target in nodes[name].edges:
            if done.get(target, True) and target != name:
                forward[name].append(target)
                if target not in done:
                    visit(target)
        done[name] = True
        order.append(name)

    led_to = {target for found in nodes.values() for _, target in found.edges if target != found.name}
    for name in sorted(nodes, key=lambda name: (name in led_to, name)):
        if name not in done:
            visit(name)
    for name in reversed(order):
        for target in forward[name]:
            nodes[target].layer = max(nodes[target].layer, nodes[name].layer + 1)
    for name in order:  # what leads nowhere near stands next to what it leads to
        nearest = min((nodes[target].layer for target in forward[name]), default=nodes[name].layer + 1)
        nodes[name].layer = max(nodes[name].layer, nearest - 1)


def _measure(found: _Node, names: Mapping[str, str]) -> None:
    texts = [names[found.name], *(names[one] for one, _ in found.edges if one), *(names[kind] for kind in found.kinds)]
    longest = max(len(text) for text in texts) + 2
    rows = len({one for one, _ in found.edges if one})
    found.width = max(NARROWEST, min(WIDEST, longest * CHARACTER + 2 * PAD))
    found.height = HEAD + ROW * (rows + len(found.kinds)) + (PAD if rows or found.kinds else 0)


def _columns(nodes: dict[str, _Node]) -> tuple[list[list[_Node]], dict[tuple[str, str, str], list[_Node]]]:
    """The columns, and the way of each line: the places that it goes through, between its two boxes."""
    columns: list[list[_Node]] = [[] for _ in range(max(found.layer for found in nodes.values()) + 1)]
    chains: dict[tuple[str, str, str], list[_Node]] = {}
    lanes: dict[tuple[str, bool, int], _Node] = {}  # lines to the same box run together
    for found in nodes.values():
        columns[found.layer].append(found)
    for found in nodes.values():
        for property_, target in found.edges:
            first, last = found.layer, nodes[target].layer
            between = range(first + 1, last) if first < last else range(first - 1, last, -1)
            chain = []
            for layer in between:
                key = target, first < last, layer
                if key not in lanes:
                    lanes[key] = _Node("", layer=layer)
                    columns[layer].append(lanes[key])
                lane = lanes[key]
                chain.append(lane)
            chains[found.name, property_, target] = [found, *chain, nodes[target]]
    return columns, chains


def _order(columns: list[list[_Node]], chains: Mapping[tuple[str, str, str], list[_Node]]) -> None:
    """Each column in the order of the middle of what its nodes are joined to, to and fro."""
    joined: dict[int, list[_Node]] = defaultdict(list)
    for chain in chains.values():
        for one, other in pairwise(chain):
            joined[id(one)].append(other)
            joined[id(other)].append(one)
    for sweep in range(SWEEPS):
        _place(columns)
        for column in columns if sweep % 2 == 0 else reversed(columns):
            middle = {}
            for found in column:
                near = [other.y + other.height / 2 for other in joined[id(found)] if other.layer != found.layer]
                middle[id(found)] = sum(near) / len(near) if near else found.y
            column.sort(key=lambda found: middle[id(found)])
    _place(columns)


def _place(columns: list[list[_Node]]) -> None:
    """Columns from left to right, each in the middle of the height."""
    heights = [sum(found.height + (GAP if found.name else 0) for found in column) for column in columns]
    x = 0.0
    for column, height in zip(columns, heights, strict=True):
        width = max(found.width for found in column)
        y = (max(heights) - height) / 2
        for found in column:
            found.x, found.y = x, y
            if found.name:
                found.width = width
            y += found.height + (GAP if found.name else 0)
        x += width + COLUMN_GAP


def _drawn(
    nodes: Mapping[str, _Node],
    columns: Sequence[Sequence[_Node]],
    chains: Mapping[tuple[str, str, str], list[_Node]],
    names: Mapping[str, str],
) -> Drawing:
    widths = [max(found.width for found in column) for column in columns]
    boxes = {name: _box(found, names) for name, found in nodes.items()}
    lines = []
    for (source, property_, _), chain in chains.items():
        row = next((row for row in boxes[source].rows if row.iri == property_), None)
        y = row.y if row else boxes[source].y + HEAD / 2
        lines.append(Line(_path(chain, y, widths), not property_))
    width = max(box.x + box.width for box in boxes.values())
    height = max(box.y + box.height for box in boxes.values())
    loops = any(chain[0] is chain[-1] and chain[0].layer == len(columns) - 1 for chain in chains.values())
    return Drawing(width + (COLUMN_GAP / 2 if loops else 0), height, tuple(boxes.values()), tuple(lines))


def _box(found: _Node, names: Mapping[str, str]) -> Box:
    properties = list(dict.fromkeys(one for one, _ in found.edges if one))
    top = found.y + HEAD + ROW / 2
    rows = [
        Row(iri, _shortened(names[iri], found.width - 3 * PAD), names[iri], top + place * ROW)
        for place, iri in enumerate((*found.kinds, *properties))
    ]
    kinds = len(found.kinds)
    text = _shortened(names[found.name], found.width - 2 * PAD)
    return Box(
        found.name,
        text,
        names[found.name],
        found.x,
        found.y,
        found.width,
        found.height,
        tuple(rows[kinds:]),
        tuple(rows[:kinds]),
    )


def _path(chain: Sequence[_Node], y: float, widths: Sequence[float]) -> str:
    """A curve from the row at *y* of the first box, through the lanes, to the head of the last."""
    first, last = chain[0], chain[-1]
    end = last.y + HEAD / 2
    if first is last:
        x = first.x + first.width
        return f"M{x:.0f} {y:.0f}c{COLUMN_GAP / 2:.0f} 0 {COLUMN_GAP / 2:.0f} {end - y:.0f} 0 {end - y:.0f}"
    right = last.layer > first.layer
    x = first.x + first.width if right else first.x
    path = f"M{x:.0f} {y:.0f}"
    for found in chain[1:]:
        lane = not found.name
        width = widths[found.layer]
        near, far = (found.x, found.x + width) if right else (found.x + width, found.x)
        at = found.y + found.height / 2 if lane else end
        middle = (x + near) / 2
        path += f"C{middle:.0f} {y:.0f} {middle:.0f} {at:.0f} {near:.0f} {at:.0f}"
        x, y = near, at
        if lane:
            path += f"H{far:.0f}"
            x = far
    return path


def _shortened(text: str, width: float) -> str:
    most = int(width / CHARACTER)
    return text if len(text) <= most else text[: most - 1] + "…"
