"""A script in every text that an event can have: refused, or shown as text, in a real browser."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from rule_files import rule, text_of
from tagged import PARCEL, SCRIPT, SORTER, TRAVELER, event, tag, tagged, texts

from haechi.app.installation import Installation
from haechi.rpc.roles import Role
from haechi.rpc.v1 import governance_pb2 as governance
from haechi.rpc.v1.event_pb2 import Event

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

MARKUP = """() => document.querySelectorAll(
    "[onerror], img[src=x], script:not([src^='/static/'])").length"""
ASK = """async ([path, body]) => {
    const sent = body ? { method: "POST", body: JSON.stringify(body) } : {};
    const answer = await fetch(path, sent);
    return [answer.status, answer.headers.get("content-type"), await answer.text()]; }"""
SHOWN_IN = (
    ".rules b",
    ".rules small",
    ".timeline .action",
    ".timeline .inspection",
)
Visiting = Callable[..., Any]


@pytest.fixture(scope="module")
def told(running: Installation) -> dict[str, str]:
    """What became of each text: its refusal, or nothing if the event was taken."""
    _govern(running)
    _hand_in(running, Role.FEEDER, event("traveler_manifest"), event("parcel_manifest"))
    decision_id = _ask(running, event("gate_event"))
    became: dict[str, str] = {}
    by_role: dict[Role, list[tuple[str, Event]]] = defaultdict(list)
    for name, role, one in tagged(decision_id):
        if one.HasField("gate_event"):
            with running.client("gate") as gate:
                became[name] = gate.decide(one).refusal.code
        else:
            by_role[role].append((name, one))
    for role, several in by_role.items():
        codes = _hand_in(running, role, *(one for _, one in several))
        became |= dict(zip((name for name, _ in several), codes, strict=True))
    became |= _governance_texts(running)
    _ask(running, event("gate_event"))
    _ask(running, event("gate_event", gate=SORTER))
    assert running.wait_shipped()
    return became


def _hand_in(running: Installation, role: Role, *events: Event) -> list[str]:
    with running.client(role.value) as client:
        return [told.refusal.code for told in client.publish(events)]


def _ask(running: Installation, question: Event) -> str:
    with running.client("gate") as gate:
        answer = gate.decide(question).answer
    assert answer.HasField("position"), answer
    return str(answer.decision_id)


def _govern(running: Installation) -> None:
    """Put rules in force that stop everybody, for a reason that is a script."""
    written = rule("stops", "not document_bad").replace("as stops says", SCRIPT)
    written = written.replace('ko = "stops"', f'ko = "{SCRIPT}"').replace("targeting-1", SCRIPT)
    file = text_of(written.replace("Act, Article 1", SCRIPT), name=SCRIPT)
    for person in ("approver-1", "approver-2"):
        with running.client(person) as client:
            client.submit_rule_set(governance.RuleSet(toml=file, role=1, reason=SCRIPT))


def _governance_texts(running: Installation) -> dict[str, str]:
    """Every text of what approvers say themselves."""
    became = {}
    with running.client("approver-1") as client:
        said: list[tuple[Callable[[Any], Any], Any]] = [
            (client.submit_rule_set, governance.RuleSet(toml=text_of(name="plain"), role=2)),
            (client.promote_model, governance.ModelPromotion(family="traveler", role=1)),
            (client.set_capacity, governance.Capacity(lane="walk", inspections_per_hour=60)),
            (client.change_trust, governance.TrustChanged(change=2, trusted_as=3, party="seller")),
        ]
        for say, good in said:
            for path in texts(good.DESCRIPTOR):
                changed = type(good).FromString(good.SerializeToString())
                tag(changed, path)
                try:
                    say(changed)
                except grpc.RpcError as error:
                    became[f"{good.DESCRIPTOR.name}.{path[0]}"] = str(error)
                else:
                    became[f"{good.DESCRIPTOR.name}.{path[0]}"] = ""
    return became


def decisions(running: Installation) -> list[str]:
    """The last decision about each case: its page tells all that was joined."""
    newest = "SELECT decision_id FROM haechi.decisions ORDER BY offset DESC LIMIT 1 BY case_key"
    rows = running.clickhouse().query(newest).result_rows
    return [row[0] for row in rows]


def is_plain(page: Any) -> bool:
    return bool(page.evaluate(MARKUP) == 0 and page.evaluate("typeof taken") == "undefined")


def test_every_text_is_taken_or_refused_by_a_code(told: dict[str, str]) -> None:
    fields = {
        ".".join((field.name, *path))
        for field in Event.DESCRIPTOR.fields
        for path in texts(field.message_type)
    }
    assert fields <= set(told)
    taken = {name for name, refusal in told.items() if not refusal}
    # What nobody hands in, what names a place, a code or a decision, and no more, is refused.
    refusals = Counter(told[name] for name in fields - taken)
    assert set(refusals) <= {
        "UNKNOWN_GATE", "UNKNOWN_LANE", "UNKNOWN_SENSOR", "UNKNOWN_FAMILY", "BAD_DECISION_ID",
        "BAD_CODE", "BAD_HS", "BAD_CURRENCY", "BAD_ENUM", "FORBIDDEN", "NOT_ALLOWED",
        "WRONG_SUBJECT", "MISSING_REFERENCE",
    }  # fmt: skip
    assert len(taken) > 90
    assert {"drift_detected.watched", "drift_detected.detector", "officer_action.reason_code",
            "envelope.source", "inspection_outcome.quantity_unit"} <= taken  # fmt: skip


def test_pages_show_them_as_text(
    visit: Visiting, running: Installation, told: dict[str, str]
) -> None:
    with visit() as seen:
        page = seen.page
        seen.until("document.querySelector('#card-drifts').textContent.includes('<script>')")
        page.wait_for_selector("#card-latest li")
        assert is_plain(page)
        shown = set()
        for decision_id in decisions(running):
            page.goto(f"{seen.root}/decision/{decision_id}")
            page.wait_for_selector(".timeline li")
            assert is_plain(page)
            shown |= {
                place
                for place in SHOWN_IN
                if SCRIPT in "".join(page.locator(place).all_inner_texts())
            }
        assert shown == set(SHOWN_IN)
        for name in (TRAVELER, SCRIPT):
            page.goto(f"{seen.root}/search")
            page.fill("[name=id]", name)
            page.keyboard.press("Enter")
            page.wait_for_selector("#found table")
            assert is_plain(page)
    with visit("operator") as seen:
        seen.page.goto(f"{seen.root}/looks")
        seen.page.wait_for_selector("tbody td")
        assert is_plain(seen.page)


def test_answers_hold_them_as_strings_of_json(
    visit: Visiting, running: Installation, told: dict[str, str]
) -> None:
    asked: list[list[Any]] = [[f"/api/decision/{one}", None] for one in decisions(running)]
    asked += [["/api/search", {"kind": "traveler", "id": name}] for name in (TRAVELER, SCRIPT)]
    asked += [["/api/search", {"kind": "parcel", "id": PARCEL}]]
    with visit() as seen:
        answers = [seen.page.evaluate(ASK, one) for one in asked]
    assert {tuple(answer[:2]) for answer in answers} == {(200, "application/json")}
    texts_of = [json.dumps(json.loads(body)) for _, _, body in answers]
    assert sum(text.count(SCRIPT) for text in texts_of) > 10
