"""model.toml: what is compiled, what is left out, and what is refused."""

from __future__ import annotations

import pytest

from haechi.configs.model import compile_model, leave_out
from haechi.configs.port import config_text
from haechi.engine.errors import ConfigError
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.layout import Part

MODEL = config_text("model.toml")


def test_each_kind_reads_its_own_features() -> None:
    parcel, traveler = compile_model(MODEL)
    for i, feature in enumerate(FEATURES):
        assert bool(parcel["reads"][i]) == (feature.of in ("parcel", "both"))
        assert bool(traveler["reads"][i]) == (feature.of in ("traveler", "both"))
    assert parcel["rate"][Part.CELL]["alpha"] > 0
    assert (parcel["stale"], parcel["paired"]) == (0, 1)


def test_features_are_left_out_by_name() -> None:
    text = MODEL.replace("without = []", 'without = ["exact_block_found", "paired"]', 1)
    parcel, traveler = compile_model(text)
    assert parcel["reads"][PLACE["exact_block_found"]] == 0
    assert parcel["reads"][PLACE["goods_block_found"]] == 1
    assert (parcel["paired"], traveler["paired"]) == (0, 1)


def test_a_part_of_the_table_is_left_out_for_an_ablation() -> None:
    models = compile_model(MODEL)
    changed = leave_out(models, "sender_run")
    gone = [i for i, f in enumerate(FEATURES) if f.name.startswith("sender_run")]
    assert len(gone) >= 4
    assert not changed[0]["reads"][gone].any()
    assert models[0]["reads"][gone].all()
    assert leave_out(models, "paired")[0]["paired"] == 0
    with pytest.raises(KeyError):
        leave_out(models, "no_such_feature")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("without = []", 'without = ["nationality"]', "no feature"),
        ("smoothing = 1.0", "smoothing = 0", "greater than 0"),
        ('ftrl = "textbook"', 'ftrl = "adam"', "textbook, river"),
        ("alpha = 0.05", "alpha = -1", "greater than 0"),
        ("l2 = 1.0", "l2 = -1.0", "must not be negative"),
        ("beta = 1.0", "gamma = 1.0", "beta"),
        ("[traveler]", "[passenger]", "traveler"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        compile_model(MODEL.replace(old, new, 1))
