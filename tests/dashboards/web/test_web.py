"""The live page's server without a browser: who gets in, who sees what, and what is refused."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from haechi.configs.port import Port
from haechi.dashboards.web.application import Pages
from haechi.dashboards.web.reach import Reach
from haechi.dashboards.web.search import wanted
from haechi.dashboards.web.serve import serve
from haechi.dashboards.web.sessions import SHIFT_S, Refused, Sessions, TooMany
from haechi.dashboards.web.store import statement
from haechi.engine.errors import BadInput, ConfigError, Unavailable
from haechi.rpc.identity import EVERYWHERE, Keyring
from haechi.rpc.roles import Role
from haechi.rpc.settings import ServerSettings
from haechi.streams.decode.places import Edge
from haechi.streams.tokens import Tokens

KEY = b"k" * 32
RING = Keyring(KEY)
ID = "ab" * 16
SCRIPT = "<script>alert(1)</script>"
OWN = {"sec-fetch-site": "same-origin"}
DECISION = {
    "decision_id": ID, "verdict": "HOLD", "gate": SCRIPT, "required": ["FACE"],
    "reasons": ["FACE"], "reason_contributions": [2.0], "evidence": {"FACE": "FAILED"},
    "evidence_age_s": {}, "would_release": ["face"], "would_release_log_odds": -1.0,
    "rules": [], "task_by": "00000000000000aa", "case_hex": "00000000000000cc", "offset": 7,
}  # fmt: skip
ACTED = {"what": "action", "word": "CONFIRM", "detail": "OFFICER", "place": "kim", "more": SCRIPT}
SENT = {"what": "event", "word": "OFFICER_ACTION", "detail": "kim", "place": "", "more": ""}
STANDS = {"superseded_by": "", "task": "TAKEN", "task_by": "00000000000000aa", "four_eyes": False}


class StoreOf:
    """A clickhouse_connect client that knows some statements."""

    def __init__(self, **tables: list[dict[str, Any]]) -> None:
        self.tables = {statement(f"asked/{name}"): rows for name, rows in tables.items()}
        self.asked: list[dict[str, Any]] = []

    def query(self, sql: str, parameters: dict[str, Any], settings: Any) -> Any:
        self.asked.append(parameters)
        rows = self.tables.get(sql, [])
        return SimpleNamespace(
            column_names=list(rows[0]) if rows else [],
            result_rows=[tuple(row.values()) for row in rows],
        )


def no_engine(_: str) -> Any:
    raise Unavailable("no engine runs")


@pytest.fixture
def store() -> StoreOf:
    return StoreOf(decision=[DECISION], timeline=[ACTED, SENT], stands=[STANDS])


@pytest.fixture
def looks(tmp_path: Path) -> Path:
    return tmp_path / "looks.jsonl"


@pytest.fixture
def reach(store: StoreOf, looks: Path, tmp_path: Path) -> Reach:
    return Reach(
        keyring=RING,
        store=lambda: store,
        shard=0,
        engine=no_engine,
        alive=lambda: False,
        sensors=lambda places: [],
        erased=lambda place: None,
        replay=lambda decision_id: {"identical": True, "compared": 1},
        edge=Edge(Tokens(KEY), Port.load()),
        run=tmp_path,
        looks=looks,
    )


@pytest.fixture
def web(reach: Reach) -> Iterator[TestClient]:
    with TestClient(Pages(reach, secure=False).application(), follow_redirects=False) as client:
        yield client


def token(role: Role, name: str = "kim", days: float = 1.0) -> str:
    return RING.sign(name, role, (EVERYWHERE,), days=days)


def log_in(web: TestClient, role: Role) -> TestClient:
    assert web.post("/login", json={"token": token(role)}, headers=OWN).status_code == 200
    return web


def test_nothing_is_shown_without_a_login(web: TestClient) -> None:
    for path in ("/", "/search", "/looks", f"/decision/{ID}"):
        answer = web.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    for path in ("/live", "/api/me", "/api/looks", f"/api/decision/{ID}"):
        assert web.get(path).status_code == 401
    for path in ("/api/search", f"/api/decision/{ID}/act", f"/api/decision/{ID}/replay"):
        assert web.post(path, json={}, headers=OWN).status_code == 401


def test_only_good_tokens_of_persons_open_a_session(web: TestClient) -> None:
    wrong = [token(Role.GATE), "x", "", Keyring(b"x" * 32).sign("kim", Role.OFFICER, ("*",))]
    for text in wrong:
        answer = web.post("/login", json={"token": text}, headers=OWN)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert len(text) < 9 or text not in answer.text
    assert web.post("/login", content=b"[", headers=OWN).status_code == 401
    assert web.get("/api/me").status_code == 401


def test_the_cookie_is_for_this_page_alone_and_holds_no_token(web: TestClient) -> None:
    text = token(Role.OFFICER)
    answer = web.post("/login", json={"token": text}, headers=OWN)
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert not set(text.split(".")) & set(cookie.replace(";", ".").split("."))
    changed = cookie.split(";")[0][:-1] + ("0" if cookie.split(";")[0][-1] != "0" else "1")
    web.cookies.clear()
    assert web.get("/api/me", headers={"cookie": changed}).status_code == 401


def test_over_tls_the_cookie_never_travels_without(reach: Reach) -> None:
    with TestClient(Pages(reach, secure=True).application()) as web:
        answer = web.post("/login", json={"token": token(Role.OFFICER)}, headers=OWN)
    assert "Secure" in answer.headers["set-cookie"].split("; ")


def test_where_others_can_reach_it_nothing_is_served_without_tls(reach: Reach) -> None:
    with pytest.raises(ConfigError, match="no TLS"):
        serve(reach, ServerSettings(host="0.0.0.0"), threading.Event(), print)


def test_logging_out_ends_the_session_and_not_only_the_cookie(web: TestClient) -> None:
    cookie = log_in(web, Role.OFFICER).cookies["haechi"]
    assert web.get("/api/me").json()["role"] == "officer"
    assert web.post("/logout", headers=OWN).status_code == 200
    assert web.get("/api/me", headers={"cookie": f"haechi={cookie}"}).status_code == 401


def test_a_session_ends_with_the_shift_or_the_token() -> None:
    now = [time.time()]
    sessions = Sessions(Keyring(KEY, lambda: now[0]), lambda: now[0])
    whole = sessions.log_in(token(Role.ANALYST), "a")
    short = sessions.log_in(token(Role.ANALYST, days=1 / 24), "a")
    now[0] += 3700
    assert sessions.find(short) is None
    assert sessions.find(whole) is not None
    now[0] += SHIFT_S
    assert sessions.find(whole) is None


def test_guessing_is_slowed_down_by_place_and_forgiven_in_time() -> None:
    now = [time.time()]
    sessions = Sessions(RING, lambda: now[0])
    for _ in range(5):
        with pytest.raises(Refused):
            sessions.log_in("wrong", "here")
    with pytest.raises(TooMany):
        sessions.log_in(token(Role.OFFICER), "here")
    sessions.log_in(token(Role.OFFICER), "elsewhere")
    now[0] += 61
    sessions.log_in(token(Role.OFFICER), "here")


def test_every_answer_forbids_what_is_not_its_own(web: TestClient) -> None:
    log_in(web, Role.OFFICER)
    for path in ("/", "/login", "/api/me", "/static/app.js", "/nowhere", f"/api/decision/{ID}"):
        answer = web.get(path)
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
        assert "unsafe" not in " ".join(policy)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] in ("no-store", "no-cache")


def test_the_shell_has_nothing_inline(web: TestClient) -> None:
    page = log_in(web, Role.OFFICER).get("/").text
    assert "<style" not in page
    assert "style=" not in page
    assert " on" not in page.replace(" only", "").partition("<body")[2].partition(">")[0]
    assert all("src=" in script.partition(">")[0] for script in page.split("<script")[1:])
    assert "//" not in page.replace("<!doctype", "")


@pytest.mark.parametrize(
    "headers",
    [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
     {"sec-fetch-site": "none"}, {"origin": "http://evil.example"}, {"origin": "null"}],
)  # fmt: skip
def test_what_another_page_sends_is_refused(web: TestClient, headers: dict[str, str]) -> None:
    log_in(web, Role.OFFICER)
    for path in ("/login", "/logout", "/api/search", f"/api/decision/{ID}/act"):
        assert web.post(path, json={}, headers=headers).status_code == 403
    assert web.get("/api/me").status_code == 200


def test_what_an_old_browser_sends_by_its_origin_is_taken(web: TestClient) -> None:
    own = {"origin": "http://testserver"}
    assert web.post("/login", json={"token": token(Role.ANALYST)}, headers=own).status_code == 200


def test_long_messages_are_refused(web: TestClient) -> None:
    answer = web.post("/login", json={"token": "x" * 20_000}, headers=OWN)
    assert answer.status_code == 413
    pieces = (b'{"token": "' + b"x" * 20_000 + b'"}' for _ in range(1))
    assert web.post("/login", content=pieces, headers=OWN).status_code == 401


@pytest.mark.parametrize(
    "body", [b"[" * 16_000, b'{"a":' * 3_000, b'{"token": "\\ud800", "id": "\\ud800"}', b"\xff\xfe",
             b"1" * 9_000, b'{"token": {}, "kind": [], "act": {}}'],
)  # fmt: skip
def test_what_is_no_message_is_refused(web: TestClient, body: bytes) -> None:
    for path in ("/login", "/api/search", f"/api/decision/{ID}/act"):
        assert web.post(path, content=body, headers=OWN).status_code == 401
    log_in(web, Role.OFFICER)
    assert web.post("/login", content=body, headers=OWN).status_code == 401
    for path in ("/api/search", f"/api/decision/{ID}/act"):
        assert web.post(path, content=body, headers=OWN).status_code == 409


def test_letters_that_nobody_can_write_are_no_name(web: TestClient) -> None:
    log_in(web, Role.OFFICER)
    for path, asked in (
        ("/api/search", {"kind": "traveler", "id": "\ud800"}),
        (f"/api/decision/{ID}/act", {"act": "TAKE", "note": "\udfff"}),
    ):
        assert web.post(path, content=json.dumps(asked), headers=OWN).status_code == 409


@pytest.mark.parametrize("role", [Role.ANALYST, Role.APPROVER, Role.OPERATOR])
def test_who_is_no_officer_may_neither_act_nor_search(web: TestClient, role: Role) -> None:
    log_in(web, role)
    for path in (f"/api/decision/{ID}/act", "/api/search"):
        answer = web.post(path, json={"act": "RELEASE"}, headers=OWN)
        assert answer.status_code == 403
        assert "officer" in answer.json()["said"]


def test_only_operators_read_who_looked(web: TestClient) -> None:
    assert log_in(web, Role.OFFICER).get("/api/looks").status_code == 403
    assert log_in(web, Role.OPERATOR).get("/api/looks").status_code == 200


def test_an_analyst_sees_a_decision_without_whom_it_is_about(web: TestClient) -> None:
    shown = log_in(web, Role.ANALYST).get(f"/api/decision/{ID}").json()
    assert shown["verdict"] == "HOLD"
    assert shown["reasons"] == [{"code": "FACE", "contribution": 2.0, "text": "", "text_ko": ""}]
    assert "case_hex" not in shown
    assert shown["task_by"] == ""
    assert (shown["timeline"][0]["place"], shown["timeline"][0]["more"]) == ("", "")
    assert "kim" not in json.dumps(shown)


def test_an_officer_sees_the_stored_decision_while_the_engine_is_down(web: TestClient) -> None:
    shown = log_in(web, Role.OFFICER).get(f"/api/decision/{ID}").json()
    assert shown["said"] == "no engine runs"
    assert shown["source"] == "store"
    assert shown["timeline"][0]["place"] == "kim"
    told = web.post(f"/api/decision/{ID}/act", json={"act": "CONFIRM"}, headers=OWN)
    assert told.status_code == 503


def test_what_is_no_act_is_refused_before_anything_is_sent(web: TestClient) -> None:
    log_in(web, Role.OFFICER)
    for asked in ({"act": "BRIBE"}, {}, {"act": 3}, {"act": "TAKE", "note": "x" * 201},
                  {"act": "OVERRIDE", "to": SCRIPT}):  # fmt: skip
        answer = web.post(f"/api/decision/{ID}/act", json=asked, headers=OWN)
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("asked", ["x", "1' OR 1=1 --", "..%2F..%2Fetc", SCRIPT, "AB" * 17])
def test_what_is_no_id_is_refused_and_reaches_no_store(
    web: TestClient, store: StoreOf, asked: str
) -> None:
    answer = log_in(web, Role.OFFICER).get(f"/api/decision/{asked}")
    assert answer.status_code in (404, 409)
    assert not store.asked


def test_each_look_is_recorded_without_the_name(web: TestClient, looks: Path) -> None:
    log_in(web, Role.OFFICER)
    web.get(f"/api/decision/{ID}")
    asked = {"kind": "traveler", "id": "M12345678'; DROP TABLE decisions"}
    assert web.post("/api/search", json=asked, headers=OWN).status_code == 200
    web.post(f"/api/decision/{ID}/act", json={"act": "TAKE"}, headers=OWN)
    web.post(f"/api/decision/{ID}/replay", headers=OWN)
    text = looks.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["what"] for line in lines] == ["DECISION", "SEARCH", "ACT", "REPLAY"]
    assert {(line["who"], line["role"]) for line in lines} == {("kim", "officer")}
    assert lines[0]["which"] == lines[2]["which"] == ID
    assert "M12345678" not in text
    assert looks.stat().st_mode & 0o077 == 0
    seen = log_in(web, Role.OPERATOR).get("/api/looks").json()["looks"]
    assert [look["what"] for look in seen] == ["REPLAY", "ACT", "SEARCH", "DECISION"]


def test_a_torn_line_hides_no_other_look(web: TestClient, looks: Path) -> None:
    log_in(web, Role.OPERATOR).get(f"/api/decision/{ID}")
    with looks.open("a") as file:
        file.write('{"at_us":17,"who":"ki\n')
    web.get(f"/api/decision/{ID}")
    seen = web.get("/api/looks")
    assert [look["which"] for look in seen.json()["looks"]] == [ID, ID]


def test_sql_in_a_search_is_a_name_like_any_other(web: TestClient, store: StoreOf) -> None:
    log_in(web, Role.OFFICER)
    asked = {"kind": "traveler", "id": "x' OR 1=1 --"}
    web.post("/api/search", json=asked, headers=OWN)
    assert store.asked == [{"shard": 0, "subject": Tokens(KEY).token("traveler", "x' OR 1=1 --")}]


def test_searches_name_what_the_engine_names() -> None:
    edge = Edge(Tokens(KEY), Port.load())
    bag = wanted(edge, {"kind": "bag", "id": "ke 123456"})
    assert bag.parameters == {"subject": edge.tokens.token("bag", "KE 123456")}
    flight = wanted(edge, {"kind": "flight", "flight": "ke 0902", "date": "2026-11-22"})
    assert flight.parameters == {"carrier": "KE", "day": "2026-11-22"}
    paper = {"kind": "document", "state": "KOR", "number": "M 1", "flight": "KE902"}
    assert wanted(edge, {**paper, "date": "2026-11-22"}).parameters["subject"]
    for wrong in ({}, {"kind": "traveler"}, {"kind": "bag", "id": " "}, {**paper, "date": "soon"},
                  {"kind": "flight", "flight": "'", "date": "2026-11-22"},
                  {"kind": "flight", "flight": "KE902", "date": "2026-02-30"},
                  {"kind": "flight", "flight": "KE902", "date": "9999-12-31"},
                  {"kind": "flight", "flight": "KE902", "date": "\uff12026-11-22"}):  # fmt: skip
        with pytest.raises(BadInput):
            wanted(edge, wrong)


def test_every_text_is_there_in_both_languages() -> None:
    from haechi.dashboards.web.application import STATIC

    texts = json.loads((STATIC / "texts.json").read_text("utf-8"))
    fields = {
        key: [{part.split("}")[0] for part in text.split("{")[1:]} for text in both]
        for key, both in texts.items()
    }
    assert all(len(both) == 2 for both in texts.values())
    assert all(both[0] and both[1] for key, both in texts.items() if key != "directive.NONE")
    assert not {key for key, (english, korean) in fields.items() if english != korean}
