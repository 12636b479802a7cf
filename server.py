"""The WSGI application, and `python server.py` to build and serve.

A WSGI server imports ``server:app``; the settings are the ``PUBLISHER_*`` variables of the environment.
"""

import sys

from publisher.config import Config
from publisher.errors import PublisherError


def open_app() -> object:
    """The application on the current build: Flask behind the response cache."""
    from publisher.publish.snapshot import open_current
    from publisher.store.workers import Workers
    from publisher.web.app import create_app
    from publisher.web.cache import ResponseCache

    config = Config.from_environment()
    snapshot = open_current(config)
    workers = Workers(snapshot.directory, config, snapshot.base_iri, snapshot.prefixes)
    flask = create_app(snapshot, config, workers)
    return ResponseCache(flask.wsgi_app, config.cache_bytes)


if __name__ == "__main__":
    from publisher.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))

try:
    app = open_app()
except PublisherError as error:
    sys.exit(f"{error.title}: {error.detail}")
