"""The report: what the tools measured as one text in Markdown, losses first.

``python -m bench.report`` prints it from the folder of results; ``--write`` puts it into ``bench/RESULTS.md``.
"""

import argparse
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import growth, results, rounds
from .compare import JOINS, NO_CACHE, OURS, POINTS, REPEATED
from .peers import ROOT

RESULTS = ROOT / "bench" / "RESULTS.md"
METHOD = ROOT / "bench" / "method.md"
MIB = 2**20
GB = 10**9
OXIGRAPH = ("Oxigraph", "Oxigraph in memory")
COSTS = (  # of a server: name, how it is told, unit, how a figure is written
    ("load_seconds", "from nothing to the first answer", 1, "{:,.1f} s"),
    ("start_seconds", "to start on unchanged data", 1, "{:,.2f} s"),
    ("memory_bytes", "memory while it serves", MIB, "{:,.0f} MiB"),
    ("disk_bytes", "disk", MIB, "{:,.0f} MiB"),
)
Results = dict[str, dict[str, Any]]


class Beside(NamedTuple):
    """Ours beside a peer: requests a second and p99 in milliseconds of each."""

    load: str
    size: int
    ours: str
    peer: str
    rate: float
    their_rate: float
    p99: float
    their_p99: float

    @property
    def ratio(self) -> float:
        return self.rate / self.their_rate if self.their_rate else float("inf")

    def __str__(self) -> str:
        factor = self.ratio if self.ratio >= 1 else 1 / self.ratio
        word = "ahead of" if self.ratio >= 1 else "behind"
        return (
            f"**{word} {self.peer} by {factor:,.2f}** on {self.load}, {self.size:,} triples ({self.ours}):"
            f" {self.rate:,.0f}/s against {self.their_rate:,.0f}/s,"
            f" p99 {self.p99:.1f} ms against {self.their_p99:.1f} ms"
        )


def main() -> None:
    """Read the command line, print or write."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--results", type=Path, default=results.FOLDER)
    reader.add_argument("--write", action="store_true")
    asked = reader.parse_args()
    texts = {path.stem: path.read_text() for path in asked.results.glob("*.txt")}
    text = written(results.load(asked.results), texts)
    if asked.write:
        RESULTS.write_text(text)
    else:
        print(text)


def written(found: Results, texts: dict[str, str]) -> str:
    """The whole report. *texts* are what tools without a file of results printed."""
    if not found:
        return "Nothing was measured.\n"
    compared = sorted(beside(found), key=lambda one: one.ratio)
    parts = [
        "# Measurements",
        results.warning(found),
        about(found),
        "## Where we are behind",
        bullets([str(one) for one in compared if one.ratio < 1] + dearer(found)),
        "## Where we are ahead",
        bullets([str(one) for one in reversed(compared) if one.ratio >= 1]),
        "## The aims",
        aims(found, compared),
        *tables(found),
    ]
    if "jsonld" in texts:
        parts += ["## Whole graphs as JSON-LD", texts["jsonld"].strip()]
    parts += ["## Did all give the same answers, and did all take part?", agreement(found)]
    parts += [METHOD.read_text().strip()]
    return "\n\n".join(part for part in parts if part) + "\n"


def about(found: Results) -> str:
    """Date, versions, machine and commands."""
    first = next(iter(found.values()))["about"]
    versions = {
        f"{server['server']} {server['version']}"
        for one in found.values()
        for server in one.get("servers", [])
        if not server["server"].startswith("publisher")
    }
    commands = "\n".join(one["about"]["command"] for one in found.values())
    busy = max(one["about"]["load"] for one in found.values())
    quick = [row for one in found.values() for row in one["rows"] if "rate" in row and min(row["rate"]) > 1000]
    generator = max((statistics.median(row["generator"]) for row in quick), default=0)
    return (
        f"{first['date'][:16].replace('T', ' ')} UTC, publisher {first['publisher']}, Python {first['python']};"
        f" beside it {', '.join(sorted(versions)) or 'no other server'}.\n\n"
        f"{first['cores']} cores of {first['processor']}, {first['memory_bytes'] / GB:.0f} GB of memory, Linux"
        f" {first['kernel']}. The load generator runs on the same cores and took at most {generator:.3f} ms of"
        f" processor time for a request"
        f" where there were more than 1,000 a second; at most {busy:.1f} processes wanted a core when a tool ended."
        f"\n\nAll of it: `make bench`. One by one:\n\n```sh\n{commands}\n```"
    )


def beside(found: Results) -> Iterator[Beside]:
    """Ours beside each peer on each load, the uncached and the cached one."""
    for triples, ours, others in _growth(found):
        for key in ("joins", "points"):
            for row in others:
                figures = ours[key], row[key], ours[f"{key}_p99"], row[f"{key}_p99"]
                yield Beside(f"{key} while it grows", triples, "cache off", row["server"], *figures)
    for name, one in found.items():
        if name.startswith("compare") or name == "pages":
            for load in dict.fromkeys(row["load"] for row in one["rows"]):
                rows = [row for row in one["rows"] if row["load"] == load]
                own = [row for row in rows if row["server"] in (OURS, NO_CACHE)]
                for ours in own:
                    yield from (_beside(ours, row, one["triples"]) for row in rows if row not in own)


def _beside(ours: dict[str, Any], theirs: dict[str, Any], size: int) -> Beside:
    rate, their_rate, p99, their_p99 = (
        statistics.median(row[key]) for key in ("rate", "p99") for row in (ours, theirs)
    )
    kind = "cache off" if ours["server"] == NO_CACHE else "cache on"
    return Beside(ours["load"], size, kind, theirs["server"], rate, their_rate, p99, their_p99)


def _growth(found: Results) -> Iterator[tuple[int, dict[str, Any], list[dict[str, Any]]]]:
    """Of each size of the growth: triples, our row, the rows of others."""
    rows = found.get("growth", {"rows": []})["rows"]
    for ours in (row for row in rows if row["server"] == NO_CACHE):
        yield ours["triples"], ours, [row for row in rows if row["triples"] == ours["triples"] and row is not ours]


def dearer(found: Results) -> list[str]:
    """What costs more with ours than with others: time to load and to start, memory, disk."""
    compared = [one for name, one in found.items() if name.startswith("compare")]
    groups = [group for group in _growth(found) if group[0] not in {one["triples"] for one in compared}]
    for one in compared:
        ours = next(server for server in one["servers"] if server["server"] == OURS)
        peers = [server for server in one["servers"] if not server["server"].startswith("publisher")]
        groups.append((one["triples"], ours, peers))
    told = []
    for triples, ours, peers in sorted(groups, key=lambda group: group[0]):
        for name, what, unit, form in COSTS:
            less = [peer for peer in peers if 0 < peer[name] < ours[name]]
            if less:
                names = ", ".join(
                    f"{peer['server']} {form.format(peer[name] / unit)} ({ours[name] / peer[name]:,.1f} times less)"
                    for peer in less
                )
                told.append(f"**{what}**, {triples:,} triples: ours {form.format(ours[name] / unit)}; {names}")
    return told


def bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"* {line}." for line in lines) or "Nowhere in these measurements."


def aims(found: Results, compared: Sequence[Beside]) -> str:
    """A table of what was aimed at and what was reached."""
    lines = ["| aim | reached | |", "| --- | --- | --- |"]
    for load, least, peers in (
        (JOINS, 1.0, OXIGRAPH), (JOINS, 5, ("Virtuoso",)), (JOINS, 100, ("rdflib-endpoint",)),
        (REPEATED, 2, OXIGRAPH), (POINTS, 0.5, OXIGRAPH),
    ):  # fmt: skip
        for one in compared:
            if one.load == load.name and one.peer in peers:
                lines.append(
                    f"| {load.name}: {least} × {one.peer} | {one.ratio:,.2f} × at {one.size:,} triples, p99"
                    f" {one.p99:.1f} ms against {one.their_p99:.1f} | {verdict(one.ratio >= least)} |"
                )
    for row in found.get("pages", {"rows": []})["rows"]:
        most = {"page (HTML)": 20, "description (JSON-LD)": 5}.get(row["load"])
        if most and row["server"] == NO_CACHE:
            p50, p99 = statistics.median(row["p50"]), statistics.median(row["p99"])
            told = f"median {p50:.1f} ms, p99 {p99:.1f} ms"
            lines.append(
                f"| {row['load']} of the shipped data, not cached, < {most} ms | {told} | {verdict(p50 < most)} |"
            )
    for row in found.get("growth", {"rows": []})["rows"]:
        if row["server"] == NO_CACHE and row["triples"] > 5_000_000:
            for text, name, most, unit in (
                ("first answer from cold < 120 s", "load_seconds", 120, "s"),
                ("all processes while serving < 2 GB", "memory_bytes", 2 * GB, "GB"),
                ("build peak < 4 GB", "peak_bytes", 4 * GB, "GB"),
            ):
                value = row[name] / (GB if unit == "GB" else 1)
                lines.append(
                    f"| {row['triples']:,} triples: {text} | {value:,.2f} {unit} | {verdict(row[name] < most)} |"
                )
    return "\n".join(lines)


def verdict(good: bool) -> str:
    return "met" if good else "**missed**"


def tables(found: Results) -> Iterator[str]:
    """The tables of every tool, each below its heading."""
    for name, one in found.items():
        if name.startswith("compare") or name == "pages":
            yield f"## {'Pages' if name == 'pages' else 'Queries'}, {one['triples']:,} triples"
            yield f"{one['rounds']} rounds of {one['seconds']:g} s; medians."
            for load in dict.fromkeys(row["load"] for row in one["rows"]):
                rows = [row for row in one["rows"] if row["load"] == load]
                yield f"### {load[0].upper()}{load[1:]}\n\n{rounds.table(rows, [NO_CACHE, OURS])}"
            yield f"### What the servers took\n\n{costs(one['servers'], one['triples'])}"
    if "growth" in found:
        yield f"## Growth, cache off\n\n{growth.table(found['growth']['rows'])}"


def costs(servers: Sequence[dict[str, Any]], triples: int) -> str:
    """A table of loading, starting, memory and disk."""
    lines = [
        "| server | first answer s | all done s | started anew s | peak MiB | serving MiB | bytes a triple | disk MiB"
        " | disk bytes a triple |",
        "| --- |" + " ---: |" * 8,
    ]
    for one in servers:
        seconds = f"{one['load_seconds']:,.1f} | {one['complete_seconds']:,.1f} | {one['start_seconds']:.2f}"
        peak, memory, disk = one["peak_bytes"], one["memory_bytes"], one["disk_bytes"]
        lines.append(
            f"| {one['server']} | {seconds} | {peak / MIB:,.0f} | {memory / MIB:,.0f} | {memory / triples:,.0f}"
            f" | {disk / MIB:,.0f} | {disk / triples:,.0f} |"
        )
    return "\n".join(lines)


def agreement(found: Results) -> str:
    """Which answers differed, what failed, who did not take part."""
    lines = []
    for name, one in found.items():
        for row in one.get("answers", []):
            if row["different"]:
                lines.append(
                    f"{name}: {row['different']} of {row['queries']} answers of {row['server']} differ from ours"
                )
        lines += [f"{name}: left out {reason}" for reason in one.get("left_out", [])]
        for row in one["rows"]:
            failed = sum(row["wrong"]) + sum(row["broken"]) if "wrong" in row else row["failed"]
            what = f"{row['load']}, " if "load" in row else f"{row['triples']:,} triples, "
            if failed:
                lines.append(f"{name}: {what}{row['server']}: {failed} requests failed")
            if row.get("came_again"):
                lines.append(f"{name}: {what}{row['server']}: queries came again")
    compared = sum(row["queries"] for one in found.values() for row in one.get("answers", []))
    return bullets(lines) if lines else f"Yes: {compared} answers were compared with ours, and no request failed."


if __name__ == "__main__":
    main()
