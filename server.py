"""The WSGI application, and `python server.py` to build and serve.

A WSGI server imports ``server:app``; the settings are the ``PUBLISHER_*`` variables of the environment.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from publisher.config import Config
from publisher.errors import PublisherError


def open_app() -> object:
    """The application on the current build: Flask behind the response cache."""
    from publisher.publish.snapshot import current_build, open_current
    from publisher.store.workers import Workers
    from publisher.web.app import create_app
    from publisher.web.body import BodyReader
    from publisher.web.cache import ResponseCache

    config = Config.from_environment()
    directory = current_build(config)
    manifest = json.loads((directory / "manifest.json").read_bytes())
    with ThreadPoolExecutor(1) as pool:  # both read the data; half a second sooner is what an editor waits less
        starting = pool.submit(Workers, directory, config, manifest["base_iri"], manifest["prefixes"])
        snapshot = open_current(config, directory)
        workers = starting.result()
    flask = create_app(snapshot, config, workers)
    cached = ResponseCache(flask.wsgi_app, config.cache_bytes)
    return BodyReader(cached, flask.config["MAX_CONTENT_LENGTH"], max(2, config.web_threads // 2))


if __name__ == "__main__":
    from publisher.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))

try:
    app = open_app()
except PublisherError as error:
    sys.exit(f"{error.title}: {error.detail}")
