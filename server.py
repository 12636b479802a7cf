"""The WSGI application, and `python server.py` to build and serve.

A WSGI server imports ``server:app``; the settings are the ``PUBLISHER_*`` variables of the environment.
"""

import sys

from publisher.config import Config
from publisher.errors import PublisherError


def open_app() -> object:
    """The application on the current build."""
    from publisher.lifetime import end_with_parent
    from publisher.web.access import Access
    from publisher.web.admission import Admission
    from publisher.web.app import largest_body
    from publisher.web.body import BodyReader
    from publisher.web.connections import Connections
    from publisher.web.current import Current
    from publisher.web.transfers import Transfers

    end_with_parent()
    config = Config.from_environment()
    bodies = BodyReader(Current(config), largest_body(config), max(2, config.web_threads // 2))
    Connections.watch(config)
    return Access(Transfers(Admission(bodies), config.transfers), config)


if __name__ == "__main__":
    from publisher.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))

try:
    app = open_app()
except PublisherError as error:
    sys.exit(f"{error.title}: {error.detail}")
