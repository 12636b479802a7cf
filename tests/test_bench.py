"""The tools of ``bench/`` still work: each is run once, tiny, on ours alone. No speed is judged here."""

import json
import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest
import requests

from bench import compare, growth, mixture, pages, peers, questions, report, results, rounds, soak
from bench.agreement import compare_answers, value_of
from bench.market import SITE, Market
from bench.peers import Running
from bench.processes import disk_usage, family, memory_of, processor_seconds
from publisher.publish.snapshot import Snapshot

from .conftest import Server, start_server

SIZE = 1000
needs_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Ours with a tiny market, as the tools start it."""
    folder = tmp_path_factory.mktemp("market")
    Market(SIZE).write(folder / "market.nt")
    server = start_server(peers.content_of(folder / "market.nt", folder), folder, base_iri=SITE)
    yield Running(compare.OURS, "", server.url.rstrip("/"), "/sparql", server.process, 1, 1, 1, 1, 1)
    server.stop()


def test_a_market_has_about_as_many_triples_as_wanted_and_each_of_them_once() -> None:
    lines = list(Market(10_000).lines())

    assert len(set(lines)) == len(lines)
    assert abs(len(lines) - 10_000) < 500
    assert lines == list(Market(10_000).lines())
    assert len(list(pyoxigraph.parse("".join(lines).encode(), format=pyoxigraph.RdfFormat.N_TRIPLES))) == len(lines)


def test_no_point_query_comes_twice() -> None:
    asked = questions.points(Market(SIZE), 5000)

    assert len(set(asked)) == 5000


def test_few_queries_of_the_repeated_mix_are_most_of_it() -> None:
    asked = Counter(questions.repeated(Market(SIZE), 10_000))

    assert len(asked) <= 1000
    assert sum(count for _, count in asked.most_common(100)) > 5000


def test_every_join_has_an_answer_in_the_market(market: Running) -> None:
    told = compare_answers([market, market], questions.joins(Market(SIZE), 12) + questions.points(Market(SIZE), 3))

    assert told == [{"server": compare.OURS, "queries": 15, "different": 0, "examples": []}]


def test_answers_that_differ_are_told(market: Running) -> None:
    wrong = Running("wrong", "", market.url, "/nothing", market.process, 1)

    told = compare_answers([market, wrong], questions.points(Market(SIZE), 2))

    assert told[0]["different"] == 2
    assert told[0]["examples"][0]["theirs"] == "status 404"


def test_numbers_are_compared_by_value() -> None:
    datatype = "http://www.w3.org/2001/XMLSchema#decimal"

    assert value_of({"type": "literal", "value": "12.50", "datatype": datatype}) == "12.5"
    assert value_of({"type": "literal", "value": "12.50"}) != value_of({"type": "literal", "value": "12.5"})
    assert value_of({"type": "uri", "value": "a:b"}) != value_of({"type": "literal", "value": "a:b"})


@needs_wrk
def test_a_load_is_measured_and_becomes_a_report(market: Running, tmp_path: Path) -> None:
    files = compare.write_queries(compare.JOINS, Market(SIZE), tmp_path / "queries", 1, 1)

    rows = rounds.alternate(compare.JOINS.name, [rounds.Asked(compare.OURS, market, files, "/sparql")], 1, 1, 2)

    assert rows[0]["requests"][0] > 0
    assert rows[0]["wrong"] == rows[0]["broken"] == [0]
    assert rows[0]["size"][0] > 200
    told = [market.told(), market.told() | {"server": "Oxigraph", "memory_bytes": 1}]
    rows.append({**rows[0], "server": "Oxigraph"})
    results.save(tmp_path, "compare-1000", triples=SIZE, rounds=1, seconds=1, servers=told, rows=rows, answers=[])
    text = report.written(results.load(tmp_path), {})
    assert "### Joins, 2 clients, cache off" in text
    assert "**memory while it serves**" in text
    assert str(tmp_path) not in text


def test_every_round_has_points_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "FASTEST", 100)

    first, second = compare.write_queries(compare.POINTS, Market(SIZE), tmp_path / "queries", 1, 1)

    assert len(set(first.read_text().splitlines()) | set(second.read_text().splitlines())) == 200


def test_the_pages_of_a_market_are_there(market: Running, tmp_path: Path) -> None:
    one = Running(compare.NO_CACHE, "", market.url, market.path, market.process, 1)

    (asked,) = growth.who(growth.PAGE, [one], Market(SIZE), tmp_path, 1, 1)

    assert statuses(asked) == {200}


def test_pages_and_named_queries_are_there_and_a_peer_is_asked_for_the_same(
    tiny: Server, tiny_snapshot: Snapshot, tmp_path: Path
) -> None:
    ours, peer = (
        Running(name, "", tiny.url.rstrip("/"), "/sparql", tiny.process, 1) for name in (compare.OURS, "Virtuoso")
    )

    for server in (ours, peer):
        asked = [pages.for_resources(kind, server, tiny_snapshot, tmp_path) for kind in pages.FORMATS]
        asked.append(pages.for_queries(server, tiny_snapshot, tmp_path))
        assert [one.accept for one in asked if one and statuses(one) != {200}] == []


def statuses(asked: rounds.Asked) -> set[int]:
    """Of the answers to the first three requests of each of its files."""
    paths = [asked.prefix + line for file in asked.files for line in file.read_text().splitlines()[:3]]
    return {
        requests.get(asked.server.url + path, headers={"Accept": asked.accept}, timeout=30).status_code
        for path in paths
    }


def test_every_server_is_asked_for_pages_in_the_same_orders(
    tiny: Server, tiny_snapshot: Snapshot, tmp_path: Path
) -> None:
    kind = "description (Turtle)"
    orders = []
    for name in ("Oxigraph", "Virtuoso"):
        server = Running(name, "", tiny.url.rstrip("/"), "/sparql", tiny.process, 1)
        asked = pages.for_resources(kind, server, tiny_snapshot, tmp_path)
        assert asked
        orders.append([file.read_text() for file in asked.files])

    assert orders[0] == orders[1]
    assert {len(order) for order in orders[0]} == {len(orders[0][0])}


def test_losses_come_first_and_say_by_how_much() -> None:
    def row(server: str, rate: float) -> dict[str, object]:
        one = {name: [1.0] for name in ("p50", "p99", "processor", "generator", "size", "requests")}
        return {"load": compare.JOINS.name, "server": server, "rate": [rate], "wrong": [0], "broken": [0], **one}

    server = {"version": "1", "peak_bytes": 1, "complete_seconds": 1.0, "start_seconds": 1.0, "disk_bytes": 1}
    servers = [
        {**server, "server": compare.OURS, "load_seconds": 9.0, "memory_bytes": 1},
        {**server, "server": "Virtuoso", "load_seconds": 3.0, "memory_bytes": 2},
    ]
    one = {
        "about": {
            "date": "2000-01-01T00:00:00", "command": "c", "publisher": "v", "python": "3", "kernel": "k",
            "processor": "p", "cores": 2, "memory_bytes": 1, "load": 0.0,
        },
        "triples": 1000, "rounds": 1, "seconds": 1, "servers": servers,
        "rows": [row(compare.NO_CACHE, 100), row("Virtuoso", 10), row("Oxigraph", 400)],
    }  # fmt: skip

    text = report.written({"compare-1000": one}, {})

    behind, ahead = text.index("## Where we are behind"), text.index("## Where we are ahead")
    assert behind < text.index("**behind Oxigraph by 4.00**") < ahead < text.index("**ahead of Virtuoso by 10.00**")
    assert behind < text.index("ours 9.0 s; Virtuoso 3.0 s (3.0 times less)") < ahead
    assert "1.0 × Oxigraph | 0.25 × at 1,000 triples" in text


def test_memory_processor_time_and_disk_are_those_of_a_process_and_all_below_it(tiny: Server, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1234")
    (tmp_path / "b").hardlink_to(tmp_path / "a")

    assert len(family(tiny.process.pid)) > 2
    assert memory_of(tiny.process.pid) > 20 * 2**20
    assert processor_seconds(tiny.process.pid) > 0
    assert disk_usage([tmp_path]) == 4


@pytest.mark.parametrize("name", mixture.MIXTURE)
def test_a_client_of_the_soak_test_gets_what_it_expects(soaked: mixture.Published, name: str) -> None:
    with requests.Session() as session:
        getattr(mixture.Client(soaked, session, random.Random(1), "192.0.2.1"), name)()  # noqa: S311


@pytest.fixture(scope="module")
def soaked(forum: Server) -> mixture.Published:
    return mixture.Published(forum.url, forum.get("healthz").json()["version"])


def test_the_soak_test_is_bad_when_a_request_failed_and_good_when_none_did(
    tiny: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    tally, uses = soak.Tally(), [soak.measure(tiny.process.pid, seconds) for seconds in (1.0, 2.0)]
    tally.add("page", 0.1, None)

    good = soak.verdict(tiny.process, tally, uses * 2)
    tally.add("page", 0.1, "it is cut off")
    bad = soak.verdict(tiny.process, tally, uses * 2)

    assert (good, bad) == (0, 1)
    assert "BAD: 1 of 2 requests failed" in capsys.readouterr().out


def test_the_folder_of_results_is_not_named_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bench/compare.py", "--triples", "5", "--results", "/a/b", "--rounds", "1"])

    assert results.about()["command"] == "python -m bench.compare --triples 5 --rounds 1"
    assert json.dumps(results.about())
