"""monitor.toml: what is read, and what is refused with its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from haechi.configs.monitor import Made, MonitorConfig
from haechi.configs.profile import Profile
from haechi.engine.codes import NodeKind
from haechi.engine.errors import ConfigError

HEAD = """
[labels]
window = 100
kept = 1000
[report]
every_labels = 50
every_s = 30
backlog_rows = 100
"""
DRIFT = """
[[drift]]
of = "parcel"
watch = ["residual", "mass"]
detector = { class = "river.drift.ADWIN", delta = 0.01 }
apart = 10
"""
CHALLENGER = """
[[challenger]]
name = "line"
of = "traveler"
steps = [{ class = "river.linear_model.LogisticRegression", l2 = 0.1 }]
"""


def test_the_packaged_file_is_read() -> None:
    config = MonitorConfig.load()
    assert {drift.of for drift in config.drifts} == {NodeKind.PARCEL, NodeKind.TRAVELER}
    assert {(one.name, one.of) for one in config.challengers} == {
        ("logistic", NodeKind.PARCEL),
        ("logistic", NodeKind.TRAVELER),
    }


def test_each_thing_is_watched_by_itself() -> None:
    config = MonitorConfig.parse(HEAD + DRIFT)
    assert [(d.name, d.watched, d.at, d.apart) for d in config.drifts] == [
        ("ADWIN", "residual", "answer", 10),
        ("ADWIN", "mass", "answer", 10),
    ]
    made = config.drifts[0].detector
    assert made == Made("river.drift.ADWIN", (("delta", 0.01),), "monitor.toml: drift[0].detector")
    assert made.short == "ADWIN"


def test_a_challenger_sees_all_numbers_of_its_kind_by_default() -> None:
    (challenger,) = MonitorConfig.parse(HEAD + CHALLENGER).challengers
    assert {"bag_weight", "intelligence", "cash_payment"} <= set(challenger.features)
    assert not {"route", "mass", "hs6", "importer"} & set(challenger.features)


def test_another_text_is_another_digest() -> None:
    assert MonitorConfig.parse(HEAD).digest != MonitorConfig.parse(HEAD + DRIFT).digest


def test_a_folder_without_the_file_has_the_packaged_one(tmp_path: Path) -> None:
    assert MonitorConfig.load(tmp_path) == MonitorConfig.load()
    (tmp_path / "monitor.toml").write_text(HEAD)
    assert MonitorConfig.load(tmp_path).window == 100


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("window = 100", "window = 0", r"monitor.toml: labels.window is 0"),
        ("every_s = 30", "", r"report.every_s is missing"),
        ("backlog_rows = 100", "backlog_rows = 100\nspeed = 1", r"report.speed is not a known key"),
        ('of = "parcel"', 'of = "bag"', r"drift\[0\].of is 'bag'"),
        ('"mass"', '"hs6"', r"drift\[0\].watch.*'hs6' is no number or flag of a parcel"),
        ('"mass"', '"bag_weight"', r"'bag_weight' is no number or flag of a parcel"),
        ('"mass"', '"residual"', r"drift\[0\].watch.*already"),
        ('["residual", "mass"]', "[]", r"drift\[0\].watch.*at least one"),
        ("apart = 10", 'apart = 10\nat = "last"', r'drift\[0\].at is .last.; it must be "answer"'),
        ("apart = 10", "apart = -1", r"drift\[0\].apart is -1"),
        ("apart = 10", "apart = 10\nloud = true", r"drift\[0\].loud is not a known key"),
        ("river.drift.ADWIN", "os.system", r"drift\[0\].detector.class is 'os.system'; only"),
        ("river.drift.ADWIN", "river.drift", r"only classes below river"),
        ("river.drift.ADWIN", "river..drift.ADWIN", r"only classes below river"),
        ("river.drift.ADWIN", "riverside.drift.ADWIN", r"only classes below river"),
        ("delta = 0.01", "delta = 2020-01-01", r"drift\[0\].detector.delta.*give a number"),
        ("delta = 0.01", 'x = { class = "os.A" }', r"drift\[0\].detector.x.class is 'os.A'"),
        ('name = "line"', 'name = "decided"', r"challenger\[0\].name.*already"),
        ('name = "line"', 'name = "a b"', r"challenger\[0\].name is 'a b'"),
        ("l2 = 0.1 }]", 'l2 = 0.1 }]\nfeatures = ["mass"]', r"challenger\[0\].features.*'mass'"),
        ("l2 = 0.1 }]", "l2 = 0.1 }]\nfeatures = []", r"challenger\[0\].features.*at least one"),
        ('steps = [{ class = "river.linear_model.LogisticRegression", l2 = 0.1 }]', "steps = []",
         r"challenger\[0\].steps.*at least one"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_with_its_path(old: str, new: str, message: str) -> None:
    text = HEAD + DRIFT + CHALLENGER
    assert old in text
    with pytest.raises(ConfigError, match=message):
        MonitorConfig.parse(text.replace(old, new))


def test_two_challengers_of_one_kind_need_two_names() -> None:
    with pytest.raises(ConfigError, match=r"challenger\[1\].name"):
        MonitorConfig.parse(HEAD + CHALLENGER + CHALLENGER)


def test_the_profile_says_whether_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    packaged = Path(__file__).parents[2] / "configs" / "profile.toml"
    text = packaged.read_text("utf-8")
    assert Profile.load().monitor.on
    path.write_text(text.replace("on = true", "on = false"))
    assert not Profile.load(path).monitor.on
    path.write_text(text.partition("[monitor]")[0])
    assert Profile.load(path).monitor.on
    path.write_text(text.replace("on = true", "on = true\nloud = true"))
    with pytest.raises(ConfigError, match=r"monitor.loud"):
        Profile.load(path)
