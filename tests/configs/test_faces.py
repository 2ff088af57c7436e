from __future__ import annotations

from pathlib import Path

import pytest

from haechi.configs.faces import Faces
from haechi.configs.port import config_text
from haechi.engine.errors import ConfigError

TEXT = config_text("faces.toml")


def changed(key: str, value: str) -> str:
    lines = TEXT.splitlines()
    (at,) = [i for i, line in enumerate(lines) if line.startswith(f"{key} = ")][:1]
    lines[at] = f"{key} = {value}"
    return "\n".join(lines)


def test_a_site_has_its_own_thresholds_and_the_rest_is_as_everywhere() -> None:
    faces = Faces.parse(TEXT + "\n[threshold.site.ICN-T1]\nsame = 0.5\n")
    assert faces.thresholds("ICN-T1").same == 0.5
    assert faces.thresholds("ICN-T1").review == faces.thresholds("elsewhere").review
    assert faces.thresholds("elsewhere").same == 0.41


def test_a_folder_without_the_file_means_the_packaged_one(tmp_path: Path) -> None:
    assert Faces.load(tmp_path) == Faces.load()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("enrol", '"some"', "at_risk"),
        ("dimension", "3", "from 16"),
        ("min_quality", "1.5", "from 0 to 1"),
        ("review", "0.9", "must not be above same"),
        ("travelers_per_flight", "0", "whole number"),
        ("spread", "nan", "finite"),
        ("photos", '"many"', "whole number"),
    ],
)
def test_what_cannot_be_used_is_named(key: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        Faces.parse(changed(key, value))
    assert key in str(error.value)


def test_a_word_that_nobody_knows_is_named() -> None:
    with pytest.raises(ConfigError, match="min_qualty is not a known key"):
        Faces.parse(
            TEXT.replace("min_quality", "min_qualty\nmin_quality", 1).replace(
                "min_qualty\n", "min_qualty = 0.5\n", 1
            )
        )
