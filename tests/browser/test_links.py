"""The links of every kind of page lead somewhere. `make crawl` follows all links there are; here, some of each kind."""

from ..conftest import Server
from .crawl import Crawl, samples
from .pages import ALL

OF_EACH_KIND = 4


def test_every_link_of_a_page_leads_to_a_page_and_a_place_in_it(forum: Server) -> None:
    crawl = Crawl(forum.url)
    pages = [forum.url + path for path in ALL.values()]

    crawl.check(pages)
    links = samples(crawl.links(pages), OF_EACH_KIND)
    crawl.check(links)

    assert not (broken := crawl.broken()), "\n".join(broken)
    assert len(links) > 200
