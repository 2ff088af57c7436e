from __future__ import annotations

from pathlib import Path

import pytest

from haechi.configs.port import Camera, Gate, Port, Scanner, config_text
from haechi.engine.codes import CameraRole, Stage, Stream
from haechi.engine.errors import ConfigError

LANES = config_text("lanes.toml")
GATE = '[[gate]]\nid = "G"\nsite = "S"\nstage = "EXIT"\nlanes = ["walk"]\n'
CAMERA = '[[camera]]\nid = "C"\nsite = "S"\nrole = "exit"\ngate = "G"\n'
SCANNER = '[[scanner]]\nid = "X"\nsite = "S"\nkind = "body_scan"\n'


def test_the_packaged_port_loads() -> None:
    port = Port.load()
    assert port.gates["ICN-T1-EXIT-3"] == Gate(
        "ICN-T1-EXIT-3", "ICN-T1", Stage.EXIT, ("family", "declare")
    )
    assert port.cameras["ICN-T1-CAM-EXIT-1"] == Camera(
        "ICN-T1-CAM-EXIT-1", "ICN-T1", CameraRole.EXIT, "ICN-T1-EXIT-1"
    )
    assert port.scanners["ICN-EXP-XRAY-2"] == Scanner(
        "ICN-EXP-XRAY-2", "ICN-EXP", Stream.PARCEL_XRAY
    )
    assert port.lanes["walk"] == 1
    assert port.lanes["general"] == 6


def test_a_folder_replaces_the_packaged_files(tmp_path: Path) -> None:
    (tmp_path / "port.toml").write_text(GATE)
    (tmp_path / "lanes.toml").write_text(LANES)
    assert list(Port.load(tmp_path).gates) == ["G"]
    with pytest.raises(ConfigError, match=r"port\.toml cannot be read"):
        Port.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[gate]", "port.toml: not TOML"),
        ("gate = 1", r"port.toml: gate is 1; write each as \[\[gate\]\]"),
        ("[[gates]]", "port.toml: gates is not a known key"),
        (GATE.replace('"G"', "7"), r"port.toml: gate\[0\].id is 7; it must be a string"),
        (GATE.replace('id = "G"\n', ""), r"port.toml: gate\[0\].id is missing"),
        (GATE.replace("EXIT", "DOOR"), r"port.toml: gate\[0\].stage is 'DOOR'; .*PRE_ARRIVAL"),
        (GATE.replace('["walk"]', '"walk"'), r"gate\[0\].lanes is 'walk'; it must be a list"),
        (GATE.replace('["walk"]', "[]"), r"gate\[0\].lanes is \[\]; name at least one"),
        (GATE.replace("walk", "run"), r"gate\[0\].lanes .*'run' is no lane"),
        (GATE + "colour = 1\n", r"port.toml: gate\[0\].colour is not a known key"),
        (GATE + GATE, "port.toml: gate 'G' stands there twice"),
        (GATE + CAMERA.replace("exit", "roof"), r"camera\[0\].role is 'roof'; .*desk, exit"),
        (GATE + CAMERA.replace('"G"', '"H"'), r"camera\[0\].gate is 'H'; it must be the id"),
        (GATE + CAMERA.replace('gate = "G"', ""), r"camera\[0\].gate is missing"),
        (SCANNER.replace("body_scan", "face"), r"scanner\[0\].kind is 'face'; .*body_scan"),
        (GATE + CAMERA + SCANNER.replace('"X"', '"C"'), "'C' is a camera and a scanner"),
    ],
)
def test_every_complaint_names_its_path(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Port.parse(text, LANES)


def test_lane_numbers_are_unique_and_fit() -> None:
    with pytest.raises(ConfigError, match=r"lanes.toml: lane.family.id is 1; lane walk has"):
        Port.parse(GATE, LANES.replace("id = 2", "id = 1"))
    with pytest.raises(ConfigError, match=r"lane.family.id is 32; .* from 1 to 31"):
        Port.parse(GATE, LANES.replace("id = 2", "id = 32"))
