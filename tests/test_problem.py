"""Errors as answers: problem documents for programs, pages for people."""

import pytest

from publisher import errors
from publisher.config import Config
from publisher.web.app import create_app
from publisher.web.problem import kinds


@pytest.fixture
def app(tiny_snapshot):
    return create_app(tiny_snapshot, Config(public_url="https://data.example.org/"), None)  # type: ignore[arg-type]


@pytest.fixture
def failing(app):
    """A client of an application where every page about a resource meets a defect."""

    def fail(*_, **__):
        raise RuntimeError("secret at /some/path")

    app.extensions["publisher"].describe = fail
    return app.test_client()


def test_a_program_gets_a_problem_document(app):
    response = app.test_client().get("/id/nobody", headers={"Accept": "text/turtle"})

    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.json["type"] == "https://data.example.org/problems#not-found"
    assert response.json["status"] == 404
    assert "id/nobody" in response.json["detail"]


def test_a_person_gets_a_page_in_which_nothing_is_markup(app):
    response = app.test_client().get("/id/<b>", headers={"Accept": "text/html"})

    assert response.status_code == 404
    assert response.mimetype == "text/html"
    assert "&lt;b&gt;" in response.text and "<b>" not in response.text


def test_a_defect_says_nothing_of_the_machine(failing, caplog):
    response = failing.get("/doc/site/le-pont.ttl")

    assert response.status_code == 500
    assert "secret" not in response.text and "Traceback" not in response.text
    assert "secret" in caplog.text


def test_a_wrong_method_says_which_are_right(app):
    response = app.test_client().delete("/sparql")

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert response.json["type"] == "about:blank"


def test_a_parameter_that_cannot_be_decoded_is_reported_to_people_too(app):
    response = app.test_client().get("/list/bw:BathingSite?page=%FF", headers={"Accept": "text/html"})

    assert response.status_code == 400
    assert "UTF-8" in response.text


def test_every_error_a_client_can_meet_is_explained(app):
    explained = {slug for slug, *_ in kinds()}

    assert {"query-error", "not-acceptable", "server-busy"} <= explained
    assert all(getattr(errors, name).status for name in ("NotFound", "Gone"))
    page = app.test_client().get("/problems").text
    assert all(f'id="{slug}"' in page for slug in explained)
