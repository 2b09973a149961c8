"""A home and a dialplans folder, and controllers that come and go on them."""

from pathlib import Path

from ivr.live_site import LiveSite
from ivr.reader import DirectReader, Reader
from ivr.service import SiteService
from tests.ivr.fakes import FakeRuntime
from tests.ivr.parts import SECTIONS, STAGES

GOOD = """
site: Test
languages: [zh, en]
numbers: {"1000": main, "+86 21 5550 1000": other}
skills: [sales]
queues: {sales: {needs: {sales: 1}}}
menus:
  main:
    - play: {zh: 你好, en: Hello}
    - queue: sales
  other:
    - hangup
"""
BROKEN = GOOD.replace("queue: sales", "queue: sale")


class Place:
    """Where a site's files and an installation's home lie."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "var"
        self.dialplans = folder / "dialplans"
        self.dialplans.mkdir()
        self.file = self.dialplans / "site.yaml"
        self.runtime = FakeRuntime(self.home, self.dialplans)

    def controller(self, *, reader: Reader | None = None, watching: bool = False) -> SiteService:
        self.runtime = FakeRuntime(self.home, self.dialplans)
        reader = reader or DirectReader(STAGES, SECTIONS)
        return SiteService(LiveSite(self.runtime, self.dialplans, reader=reader, watching=watching))
