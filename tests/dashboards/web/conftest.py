"""A port with its live page, and a headless Chromium that looks at it."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from haechi.app.installation import Installation

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    # Nothing but this machine can be resolved, whatever a page or the browser itself asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
)


def lacking(what: str) -> None:
    """Skip, or fail where a change must prove itself."""
    if os.environ.get("HAECHI_NEED_BROWSER") == "1":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("needs the Python package playwright: make setup")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        lacking(f"needs one of {', '.join(BROWSERS)} (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


class Day:
    """A simulated port's day, played on an installation beside the test."""

    def __init__(self, running: Installation, seconds: float, seed: int) -> None:
        from haechi.app.demo.crew import Crew
        from haechi.app.demo.driver import Driver
        from haechi.app.demo.ledger import Ledger
        from haechi.app.demo.plan import make_plan

        self._stop = threading.Event()
        self._crew = Crew(running, self._stop)
        plan = make_plan(seed, 2, 150, seconds)
        port, scenarios = plan.make()
        driver = Driver(port, self._crew, plan.clock(), Ledger(), plan.end_us, self._stop, _look)
        items = [*port.items, *(item for one in scenarios for item in one.items)]
        self._thread = threading.Thread(target=driver.play, args=(items,), daemon=True)

    def __enter__(self) -> None:
        self._crew.__enter__()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._crew.__exit__(None, None, None)


def _look(event_us: int, in_flight: int) -> None:
    """Nothing strikes here."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A whole installation with its live page."""
    data = tmp_path_factory.mktemp("watched")
    with Installation(data, any_port=True, dashboard=True, monitor=True) as installation:
        yield installation


@pytest.fixture(scope="module")
def play(running: Installation) -> Callable[[float], Day]:
    """Make a day of so many seconds, another one each time."""
    seeds = itertools.count(7)
    return lambda seconds: Day(running, seconds, next(seeds))


class Visit:
    """A page, and everything that it asked for and complained of."""

    def __init__(self, page: Any, root: str) -> None:
        self.page = page
        self.root = root
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._asked)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._said)
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(self.root):
            self.elsewhere.append(request.url)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def until(self, what: str, seconds: float = 60) -> None:
        """Wait until something is true; the page's policy lets no browser tool poll by itself."""
        from playwright.sync_api import Error

        for _ in range(int(seconds * 10)):
            try:
                if self.page.evaluate(f"() => Boolean({what})"):
                    return
            except Error as error:
                # The page went somewhere else while it was asked.
                if "context was destroyed" not in error.message:
                    raise
            self.page.wait_for_timeout(100)
        raise AssertionError(f"not within {seconds} s: {what}")

    def shot(self, name: str) -> None:
        """Keep a picture where HAECHI_SCREENSHOTS says."""
        if folder := os.environ.get("HAECHI_SCREENSHOTS"):
            whole = name != "phone"
            self.page.screenshot(path=Path(folder) / f"live-page-{name}.png", full_page=whole)


@pytest.fixture
def visit(chromium: Any, running: Installation) -> Callable[..., Any]:
    """Log in as somebody and look; nothing may be complained of or asked for elsewhere."""
    root = f"http://{running.address('dashboard').target}"

    @contextmanager
    def as_person(
        name: str = "officer", *, refusals: bool = False, **given: Any
    ) -> Iterator[Visit]:
        size = {"width": 1440, "height": 900}
        context = chromium.new_context(**{"viewport": size, "locale": "en-GB", **given})
        context.set_default_timeout(30_000)
        page = context.new_page()
        visited = Visit(page, root)
        page.goto(f"{root}/login")
        page.fill("#token", running.token_file(name).read_text())
        page.keyboard.press("Enter")
        page.wait_for_selector("#card-rate")
        yield visited
        context.close()
        assert visited.elsewhere == []
        # The browser itself notes each answer that is no 2xx.
        noted = [one for one in visited.complaints if not (refusals and "status of 4" in one)]
        assert noted == []

    return as_person
