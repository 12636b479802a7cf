"""Pictures of every kind of page to look at: `python -m tests.browser.screenshots [URL]` (make screenshots).

They come into build/screenshots, by width and colour scheme: member-390-dark.png.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from ..conftest import ROOT, start_server
from .conftest import executable
from .pages import ALL

WIDTHS = (390, 768, 1440)
SCHEMES = ("light", "dark")
FOLDER = ROOT / "build" / "screenshots"
TALLEST = 6000  # pixels: what is below is more of the same


def take(root: str, names: list[str], folder: Path = FOLDER) -> None:
    """Pictures of the pages *names* of the server at *root*."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable())
        for width in WIDTHS:
            for scheme in SCHEMES:
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
                page = context.new_page()
                for name in names:
                    page.goto(root + ALL[name])
                    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
                    clip = {"x": 0, "y": 0, "width": width, "height": height}
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True, clip=clip)
                context.close()
        browser.close()


def main() -> None:
    """Of the server at the address given, else of one of this content; then the names of pages, else all."""
    addresses = [word for word in sys.argv[1:] if "://" in word]
    names = [word for word in sys.argv[1:] if "://" not in word] or list(ALL)
    if addresses:
        take(addresses[0], names)
        return
    with tempfile.TemporaryDirectory() as folder:
        server = start_server(ROOT, Path(folder))
        try:
            take(server.url, names)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
