from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.configs.artefact import Artefact
from haechi.configs.model import compile_model
from haechi.configs.policy import (
    compile_policy,
    compile_prior,
    log_odds,
    pack_artefact,
    unpack_artefact,
)
from haechi.configs.port import config_text
from haechi.engine.codes import Directive, NodeKind, Overflow, Stage, Stream
from haechi.engine.errors import ConfigError
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.policy_table import LANES as MOST_LANES
from haechi.engine.policy_table import POLICY, STAGES, Failing

LANES = config_text("lanes.toml")
PRIOR = config_text("prior.toml")


def artefact() -> Artefact:
    policy, default_lane = compile_policy(LANES)
    prior, base = compile_prior(PRIOR)
    return Artefact(policy, default_lane, prior, base, compile_model(config_text("model.toml")))


def test_a_stage_lies_over_its_defaults() -> None:
    policy, default_lane = compile_policy(LANES)
    assert policy.shape == (MOST_LANES, STAGES)
    assert default_lane[NodeKind.TRAVELER] == 1
    assert default_lane[NodeKind.PARCEL] == 5
    walk = policy[1, Stage.EXIT]
    assert walk["requires"] == 1 << Stream.MANIFEST | 1 << Stream.FACE
    assert walk["explore"] == 0.005
    assert walk["fresh_us"] == 300_000_000
    assert walk["review_us"] == 900_000_000
    assert walk["refer_at"] == math.log(0.08 / 0.92)
    assert walk["hold_at"] == math.log(3.0)
    assert walk["check"][Stream.BODY_SCAN] == Directive.BODY_SCAN
    assert walk["check"][Stream.PARCEL_XRAY] == Directive.NONE
    assert policy[4, Stage.EXIT]["wait_us"] == 40_000
    assert policy[1, Stage.DESK]["requires"] == 1 << Stream.MANIFEST
    assert policy[5, Stage.SORTER]["known"] == 1


def test_no_packaged_lane_lets_an_older_release_stand_in() -> None:
    assert not compile_policy(LANES)[0]["degraded"].any()
    words = 'degraded = ["sensor", "overload"]'
    allowed = LANES.replace("degraded = []\nfresh_s = 300", f"{words}\nfresh_s = 300")
    degraded = compile_policy(allowed)[0]["degraded"]
    (lane,), (stage,) = np.nonzero(degraded)
    assert (lane, stage) == (1, Stage.EXIT)
    assert degraded[lane, stage] == Failing.SENSOR | Failing.OVERLOAD


def test_what_the_file_does_not_name_is_unknown() -> None:
    policy, _ = compile_policy(LANES)
    known = {(int(a), int(b)) for a, b in zip(*np.nonzero(policy["known"]), strict=True)}
    of_travelers = {(lane, stage) for lane in range(1, 5) for stage in range(1, 5)}
    assert known == of_travelers | {(lane, stage) for lane in (5, 6, 7) for stage in (5, 6, 7)}


def test_one_directive_can_be_replaced() -> None:
    text = LANES.replace(
        'requires = ["manifest", "face"]',
        'requires = ["manifest", "face"]\ncheck = { face = "INTERVIEW" }',
    )
    rule = compile_policy(text)[0][1, Stage.EXIT]
    assert rule["check"][Stream.FACE] == Directive.INTERVIEW
    assert rule["check"][Stream.BAG_XRAY] == Directive.BAG_SEARCH


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("refer_at = 0.08", "refer_at = 1.0", r"default.traveler.refer_at is 1.0; .* between 0"),
        ("refer_at = 0.08", "refer_at = nan", r"default.traveler.refer_at is nan; .* finite"),
        ("refer_at = 0.08", "refer_at = true", r"default.traveler.refer_at is True; .* a number"),
        ("hold_at = 0.75", "hold_at = 0.05", r"hold_at is 0.05; it must not lie below refer_at"),
        ("hold_at = 0.75", "hold = 0.75", r"default.traveler.hold_at is missing"),
        ("wait_ms = 40", "wait_ms = -1", r"lane.screened.stage.EXIT.wait_ms is -1"),
        ("wait_ms = 40", "wait_s = 40", r"lane.screened.stage.EXIT.wait_s is not a known key"),
        ("fresh_s = 300", 'fresh_s = "x"', r"lane.walk.stage.EXIT.fresh_s is 'x'; .* whole"),
        ("explore = 0.005\n#", "explore = 1.0\n#", r"lane.walk.stage.EXIT.explore is 1.0"),
        ("window_s = 0", "window_s = -1", r"default.traveler.window_s is -1"),
        ('overflow = "none"', 'overflow = "drop"', r"overflow is 'drop'; .* none, refer, release"),
        ('overflow = "none"', 'overflow = "refer"', r"it must be none where window_s is 0"),
        ('"bag_xray"]', '"face"]', r"default.traveler.keep .*'face' raises no alarm"),
        ("id = 2", "id = 2\nofficers = 1", r"lane.family.officers is 1"),
        ("degraded = []", "degraded = 1", r"default.traveler.degraded is 1; .* list"),
        ("degraded = []", 'degraded = ["x"]', r"'x' is none of sensor, model, deadline, overload"),
        ("degraded = []", 'degraded = ["model"]', r"it needs a fresh_s"),
        ('fast = "trusted"', 'fast = "no"', r"lane.express.stage.SORTER.fast is 'no'"),
        ('"manifest", "face"', '"smell"', r"lane.walk.stage.EXIT.requires .*'smell' is no str"),
        ('face = "FACE_CHECK"', 'smell = "FACE_CHECK"', r"default.traveler.check.smell is no str"),
        ('face = "FACE_CHECK"', 'face = "NOSE"', r"default.traveler.check.face is 'NOSE'; .*one"),
        ("[lane.walk.stage.EXIT]", "[lane.walk.stage.SORTER]", "SORTER is no stage of a trav"),
        ("[lane.walk.stage.EXIT]", "[lane.walk.stage.DOOR]", "stage.DOOR is no stage of a trav"),
        ('of = "parcel"\n[lane.express', 'of = "goat"\n[lane.express', "lane.express.of is 'goat'"),
        ("id = 2", "id = 1", r"lane.family.id is 1; lane walk has that number"),
        ("id = 2", "id = 0", r"lane.family.id is 0; .* from 1 to 31"),
        ("id = 2", "id = 2\nname = 1", r"lane.family.name is not a known key"),
        ("[default.traveler]", "[default.goat]\n[default.traveler]", "default.goat is not a kno"),
    ],
)
def test_a_wrong_lane_names_its_path(old: str, new: str, message: str) -> None:
    assert old in LANES
    with pytest.raises(ConfigError, match=message):
        compile_policy(LANES.replace(old, new, 1))


def test_no_packaged_lane_lets_anything_fall_out() -> None:
    policy, _ = compile_policy(LANES)
    assert not policy["overflow"].any()
    assert not policy["window_us"].any()
    alarms = 1 << Stream.BODY_SCAN | 1 << Stream.BAG_XRAY | 1 << Stream.INTELLIGENCE
    assert policy[1, Stage.EXIT]["keep"] == alarms
    assert policy[5, Stage.SORTER]["keep"] == 1 << Stream.PARCEL_XRAY | 1 << Stream.INTELLIGENCE


def test_a_lane_says_how_long_cases_wait_and_what_falls_out() -> None:
    belt = "[lane.express.stage.SORTER]\nwindow_s = 900\noverflow = 'release'\nkeep = []\n"
    policy, _ = compile_policy(LANES.replace("[lane.express.stage.SORTER]\n", belt))
    row = policy[5, Stage.SORTER]
    assert (row["window_us"], row["overflow"], row["keep"]) == (900_000_000, Overflow.RELEASE, 0)
    assert policy[5, Stage.RELEASE_OUT]["window_us"] == 0


def test_lanes_share_officers_by_name() -> None:
    alone, _ = compile_policy(LANES)
    assert alone["queue"][1:7].T.tolist() == [[1, 2, 3, 4, 5, 6]] * STAGES
    hall = LANES.replace("id = 2", 'id = 2\nofficers = "hall"')
    hall = hall.replace("id = 4", 'id = 4\nofficers = "hall"')
    assert compile_policy(hall)[0]["queue"][1:7, 0].tolist() == [1, 2, 3, 2, 5, 6]


def test_each_kind_of_subject_needs_a_lane() -> None:
    only = LANES.replace('of = "parcel"', 'of = "traveler"').split("[lane.express.stage")[0]
    with pytest.raises(ConfigError, match="no lane is of a parcel"):
        compile_policy(only + "[lane.express.stage.EXIT]\n")


def test_the_prior_has_its_terms() -> None:
    prior, base = compile_prior(PRIOR)
    assert base.tolist() == [-4.6, -5.2]
    term = prior[0, PLACE["price_ratio"]]
    assert (term["log_odds"], term["from_"], term["to"], term["used"]) == (5.0, -1.5, -4.5, 1)
    assert prior[1, PLACE["price_ratio"]]["used"] == 0
    assert prior[0, PLACE["intelligence"]]["used"] == prior[1, PLACE["intelligence"]]["used"] == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("xray_score =", "smell =", "prior.toml: parcel.term.smell is no feature of a parcel"),
        ("xray_score =", "bag_score =", "parcel.term.bag_score is no feature of a parcel"),
        ("xray_score =", "hs6 =", "parcel.term.hs6 is a code"),
        ("to = 0.95", "to = 0.35", r"parcel.term.xray_score.to is 0.35; it must differ"),
        ("to = 0.95", "too = 0.95", r"parcel.term.xray_score.to is missing"),
        ("to = 0.95", "to = 0.95, x = 1", r"parcel.term.xray_score.x is not a known key"),
        ("base = -4.6", "base = inf", "prior.toml: parcel.base is inf"),
        ("[parcel]", "[goat]\n[parcel]", "prior.toml: goat is not a known key"),
    ],
)
def test_a_wrong_term_names_its_path(old: str, new: str, message: str) -> None:
    assert old in PRIOR
    with pytest.raises(ConfigError, match=message):
        compile_prior(PRIOR.replace(old, new, 1))


@given(st.floats(1e-12, 1 - 1e-12))
def test_log_odds_grow_and_come_back(probability: float) -> None:
    assert 1.0 / (1.0 + math.exp(-log_odds(probability))) == pytest.approx(probability)


def test_an_artefact_comes_back_as_it_was() -> None:
    packed = pack_artefact(*artefact())
    assert packed == pack_artefact(*artefact())
    for name, array in artefact()._asdict().items():
        back = getattr(unpack_artefact(packed), name)
        assert back.dtype == array.dtype
        assert back.tobytes() == array.tobytes()
        assert not back.flags.writeable


def test_a_changed_threshold_gives_another_artefact() -> None:
    policy, default_lane = compile_policy(LANES.replace("hold_at = 0.75", "hold_at = 0.76"))
    assert pack_artefact(policy, default_lane, *artefact()[2:]) != pack_artefact(*artefact())


def test_a_wrong_array_is_not_packed() -> None:
    policy, default_lane, prior, base, model = artefact()
    with pytest.raises(ValueError, match="policy is"):
        pack_artefact(np.zeros((1, 1), POLICY), default_lane, prior, base, model)
    with pytest.raises(ValueError, match="base is"):
        pack_artefact(policy, default_lane, prior, np.zeros(3), model)


@given(st.data())
def test_a_damaged_artefact_is_refused_or_whole(data: st.DataObject) -> None:
    packed = pack_artefact(*artefact())
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(ConfigError, match="policy artefact"):
        unpack_artefact(packed[:cut])
    with pytest.raises(ConfigError, match="policy artefact"):
        unpack_artefact(data.draw(st.binary()))


def test_an_artefact_of_another_table_names_both_versions() -> None:
    packed = pack_artefact(*artefact())
    at = packed.index(b'"features":"') + len(b'"features":"')
    other = packed[:at] + b"0123456789abcdef" + packed[at + 16 :]
    with pytest.raises(ConfigError, match="feature table 0123456789abcdef, this build has"):
        unpack_artefact(other)
    other = packed.replace(b'"hold_at"', b'"held_at"', 1)
    with pytest.raises(ConfigError, match="another layout"):
        unpack_artefact(other)
    with pytest.raises(ConfigError, match="1 bytes too many"):
        unpack_artefact(packed + b"x")
    assert len(FEATURES) == unpack_artefact(packed).prior.shape[1]
