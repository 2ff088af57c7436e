"""The live page in a real browser, on a real installation; `make test-browser` runs this."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from haechi.app.installation import Installation
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode import parties
from haechi.streams.tokens import Tokens

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]

TOLD = (
    "SELECT countIf(verdict = 'RELEASE'), countIf(verdict = 'HOLD'), countIf(verdict = 'REFER') "
    "FROM haechi.decisions WHERE kind IN ('ANSWER', 'PROVISIONAL') AND offset <= {through:Int64} "
    "AND decided_at >= fromUnixTimestamp({since:UInt32}) "
    "AND decided_at < fromUnixTimestamp({until:UInt32})"
)
SHOWN = """() => ({
    through: Number(document.body.dataset.through), since: Number(document.body.dataset.from),
    answers: document.body.dataset.answers })"""
Visiting = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def past(play: Callable[[float], Any], running: Installation, chromium: Any) -> None:
    """Something has happened before anybody looks."""
    with play(20):
        time.sleep(24)
    assert running.wait_shipped()


def event_of(source: str = "test", **kind: Any) -> Event:
    """An event as of now, about nobody yet."""
    event = Event(**kind)
    event.envelope.event_id = f"{source[:9]}:{time.time_ns()}"
    event.envelope.schema_version = 1
    event.envelope.source = source
    event.envelope.event_time_us = time.time_ns() // 1000
    return event


def about_traveler(name: str, source: str = "test", **kind: Any) -> Event:
    event = event_of(source, **kind)
    event.envelope.subjects.add().traveler_id = name
    return event


def about_parcel(name: str, **kind: Any) -> Event:
    event = event_of(**kind)
    event.envelope.subjects.add().parcel_id = name
    return event


def asked(running: Installation, event: Event) -> str:
    """Have a gate ask; the decision."""
    with running.client("gate") as client:
        answer = client.decide(event).answer
    assert running.wait_shipped()
    return str(answer.decision_id)


def asked_at(running: Installation, traveler: str) -> str:
    """Have an exit ask about a traveler; the decision."""
    gate = {"gate": "ICN-T1-EXIT-1", "lane": "walk", "budget_ms": 5000}
    return asked(running, about_traveler(traveler, gate_event=gate))


def hold_of(running: Installation) -> str:
    """A parcel that is held for what the X-ray saw, and waits for officers."""
    name = f"parcel-{time.time_ns()}"
    with running.client("feeder") as feeder, running.client("sensor") as sensor:
        manifest = {"manifest_version": 1, "courier": "CJ", "route": 1}
        scan = {
            "scan_id": name, "kind": 3, "result": 1, "score": 0.99, "device": "ICN-EXP-XRAY-1",
        }  # fmt: skip
        for client, event in (
            (feeder, about_parcel(name, parcel_manifest=manifest)),
            (sensor, about_parcel(name, scanner_result=scan)),
        ):
            (told,) = client.publish([event])
            assert told.HasField("accepted"), told
    gate = {"gate": "ICN-EXP-SORT-1", "lane": "express", "budget_ms": 5000}
    held = asked(running, about_parcel(name, gate_event=gate))
    rows = running.clickhouse().query(
        f"SELECT verdict, task FROM haechi.decisions WHERE decision_id = '{held}'"
    )
    assert rows.result_rows == [("HOLD", "OPEN")]
    return held


def test_live_numbers_move_and_agree_with_the_store(
    visit: Visiting, play: Callable[[float], Any], running: Installation
) -> None:
    client = running.clickhouse()
    with visit() as seen, play(25):
        page = seen.page
        seen.until("'through' in document.body.dataset")
        first = page.evaluate(SHOWN)
        seen.until(f"Number(document.body.dataset.through) > {first['through']} + 200")
        seen.until("parseFloat(document.querySelector('#rate').textContent) > 10")
        shown = page.evaluate(SHOWN)
        asked = {**shown, "until": shown["since"] + 300}
        (told,) = client.query(TOLD, parameters=asked).result_rows
        assert shown["answers"] == " ".join(map(str, told))
        assert page.locator("#card-lanes .line").count() >= 4
        assert page.locator("#card-evidence .line").count() >= 3
        seen.until("document.querySelector('#card-clocks tbody td')?.textContent > '0'")
        seen.until(
            "/[0-9]+ of [0-9,]+ events/.test(document.querySelector('#card-shipping').textContent)"
        )
        queryable = page.locator("#card-clocks tr").last.locator("td").all_inner_texts()
        assert len(queryable) == 3
        assert "\N{EN DASH}" not in queryable
        assert page.locator("#card-latest .revises").count() >= 1
        seen.shot("officer")


def test_a_decision_opened_from_the_list_adds_up(visit: Visiting) -> None:
    with visit() as seen:
        page = seen.page
        page.locator("#card-queue tbody a").first.focus()
        page.keyboard.press("Enter")
        total = page.locator("#log-odds")
        total.wait_for()
        steps = page.locator(".reasons [data-adds]").evaluate_all(
            "all => all.map((one) => Number(one.dataset.adds))"
        )
        shown = float(total.inner_text().replace("\N{MINUS SIGN}", "-"))
        assert len(steps) >= 2
        assert abs(sum(steps) - shown) < 0.0051
        assert page.locator(".reasons small").first.inner_text()
        assert page.locator(".timeline li.here").count() == 1
        assert page.locator(".timeline li.event").count() >= 1
        seen.shot("decision")


def test_a_hold_confirmed_by_an_officer_is_settled_for_the_engine(
    visit: Visiting, running: Installation
) -> None:
    held = hold_of(running)
    with visit(refusals=True) as seen:
        page = seen.page
        page.goto(f"{seen.root}/decision/{held}")
        page.click("[data-act=OVERRIDE]")
        page.wait_for_selector("#told.refused")
        assert "reason_code" in page.inner_text("#told")
        page.click("[data-act=CONFIRM]")
        page.wait_for_selector("#told[data-state=SETTLED]")
        seen.until("document.querySelector('#task-state')?.textContent === 'settled'")
    with running.client("officer") as officer:
        assert held not in {task.decision_id for task in officer.tasks(limit=1000).tasks}
    assert running.wait_shipped()
    acted = (
        "SELECT actor, action FROM haechi.actions "
        f"WHERE decision_id = '{held}' AND actor_kind = 'OFFICER'"
    )
    assert running.clickhouse().query(acted).result_rows == [("officer", "CONFIRM")]


def test_a_decision_is_decided_again_from_its_page(visit: Visiting, running: Installation) -> None:
    held = hold_of(running)
    with visit() as seen:
        page = seen.page
        page.goto(f"{seen.root}/decision/{held}")
        page.click("#replay")
        seen.until("document.querySelector('.replay').textContent.includes('Identical')", 300)


def test_a_traveler_is_found_by_id_and_the_look_recorded(
    visit: Visiting, running: Installation
) -> None:
    decided = asked_at(running, "Traveler-To-Find")
    with visit() as seen:
        page = seen.page
        page.goto(f"{seen.root}/search")
        page.fill("[name=id]", "Traveler-To-Find")
        page.keyboard.press("Enter")
        link = page.locator(f"#found a[href='/decision/{decided}']")
        link.wait_for()
        assert "Traveler-To-Find" not in page.url
        seen.shot("search")
        link.click()
        page.wait_for_selector(".reasons")
    key = (running.folder.secrets / "tokens.key").read_bytes()
    token = Tokens(key).token(parties.TRAVELER, "Traveler-To-Find")
    lines = (running.folder.root / "looks.jsonl").read_text()
    assert "Traveler-To-Find" not in lines
    looks = [(look["what"], look["which"]) for look in map(json.loads, lines.splitlines())]
    assert ("SEARCH", f"traveler {token:016x}") in looks
    assert ("DECISION", decided) in looks
    with visit("operator") as seen:
        seen.page.goto(f"{seen.root}/looks")
        seen.page.wait_for_selector(f"td:has-text('{decided}')")


def test_an_analyst_sees_no_reasons_and_no_acts(visit: Visiting, running: Installation) -> None:
    held = hold_of(running)
    with visit("analyst") as seen:
        page = seen.page
        page.wait_for_selector("#card-latest li")
        assert page.locator("#card-latest .chip").count() == 0
        assert page.locator("nav a").all_inner_texts() == ["Live"]
        page.goto(f"{seen.root}/decision/{held}")
        page.wait_for_selector(".reasons")
        assert page.locator("[data-act]").count() == 0
        assert page.locator(".reasons small").count() == 0


def test_a_sensor_that_is_down_is_named_until_it_is_up(
    visit: Visiting, running: Installation
) -> None:
    def tell(up: bool) -> None:
        now_us = time.time_ns() // 1000
        said = {"device": "ICN-EXP-XRAY-2", "up": up, "since_us": now_us, "scan_kind": 3}
        with running.client("sensor") as sensor:
            (told,) = sensor.publish([event_of(sensor_status=said)])
        assert told.HasField("accepted"), told

    shown = "document.querySelector('#card-sensors').textContent.includes('ICN-EXP-XRAY-2')"
    with visit() as seen:
        seen.page.wait_for_selector("#card-sensors .calm")
        tell(up=False)
        seen.until(shown)
        tell(up=True)
        seen.until(f"!{shown}")


def test_both_languages_and_both_themes_stay_chosen(visit: Visiting) -> None:
    with visit(color_scheme="dark") as seen:
        page = seen.page
        page.wait_for_selector("#card-latest li")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.click("#language")
        page.wait_for_selector("h2:has-text('담당자 대기열')")
        assert page.evaluate("document.documentElement.lang") == "ko"
        page.wait_for_timeout(1500)
        seen.shot("korean-dark")
        page.click("#theme")
        page.reload()
        page.wait_for_selector("h2:has-text('담당자 대기열')")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        page.click("#language")
        page.wait_for_selector("h2:has-text('Officers')")


def test_it_fits_a_phone(visit: Visiting, running: Installation) -> None:
    held = hold_of(running)
    with visit(viewport={"width": 360, "height": 740}, device_scale_factor=2) as seen:
        page = seen.page
        page.wait_for_selector("#card-latest li")
        for path in ("/", f"/decision/{held}", "/search"):
            page.goto(f"{seen.root}{path}")
            page.wait_for_selector(".card")
            page.wait_for_timeout(1200)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.goto(f"{seen.root}/decision/{held}")
        page.wait_for_selector(".reasons")
        seen.shot("phone")


def test_the_page_says_that_the_engine_is_gone_and_goes_on_when_it_is_back(
    visit: Visiting, running: Installation
) -> None:
    with visit() as seen:
        page = seen.page
        seen.until("document.body.dataset.down === ''")
        running.stop_child("engine")
        page.wait_for_selector("#banner .down")
        assert "engine" in page.inner_text("#banner")
        seen.shot("engine-down")
        running.start_child("engine")
        seen.until("document.body.dataset.down === ''")
        assert page.locator("#banner .down").count() == 0
        before = page.evaluate(SHOWN)["through"]
        asked_at(running, "after")
        seen.until(f"Number(document.body.dataset.through) > {before}")


def test_the_page_says_that_the_store_is_gone_and_goes_on_when_it_is_back(
    visit: Visiting, running: Installation
) -> None:
    with visit() as seen:
        seen.until("document.body.dataset.down === ''")
        running.stop_child("store")
        seen.until("document.body.dataset.down === 'store'")
        running.start_child("store")
        seen.until("document.body.dataset.down === ''")


def test_the_page_outlives_its_own_server(visit: Visiting, running: Installation) -> None:
    with visit(refusals=True) as seen:
        page = seen.page
        seen.until("document.body.dataset.down === ''")
        running.stop_child("dashboard")
        seen.until("document.body.dataset.down === 'page'")
        running.start_child("dashboard")
        # Sessions end with the process: the page asks for a login again.
        page.wait_for_url("**/login")
        seen.complaints[:] = [one for one in seen.complaints if "ERR_" not in one]
