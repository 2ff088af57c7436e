"""`haechi grafana`: a folder that Grafana can start from, without a secret in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haechi.app import credentials
from haechi.app.__main__ import main
from haechi.app.folder import DataFolder
from haechi.dashboards.for_grafana import DASHBOARDS


@pytest.fixture
def written(tmp_path: Path) -> Path:
    folder = tmp_path / "for grafana"
    assert main(["grafana", str(folder), "--data", str(tmp_path / "data")]) == 0
    return folder


def provisioned(folder: Path, name: str) -> dict[str, object]:
    """The one entry of a provisioning file, whose YAML is a head and JSON."""
    text = (folder / "provisioning" / name / "haechi.yaml").read_text("utf-8")
    version, _, rest = text.partition("apiVersion: 1\n")[2].partition(": ")
    assert version in ("datasources", "providers")
    (entry,) = json.loads(rest)
    return dict(entry)


def test_the_data_source_is_the_store_over_http_as_the_analyst(written: Path) -> None:
    source = provisioned(written, "datasources")
    assert source["type"] == "grafana-clickhouse-datasource"
    assert source["uid"] == "haechi"
    assert source["jsonData"] == {
        "host": "127.0.0.1",
        "port": 8123,
        "protocol": "http",
        "secure": False,
        "username": "analyst",
        "defaultDatabase": "haechi",
        "queryTimeout": "30",
    }


def test_the_dashboards_are_where_the_provider_says(written: Path) -> None:
    told = provisioned(written, "dashboards")
    assert isinstance(told["options"], dict)
    folder = Path(told["options"]["path"])
    assert {path.stem for path in folder.iterdir()} == {one.name for one in DASHBOARDS}


def test_no_password_is_written(tmp_path: Path, written: Path) -> None:
    data = DataFolder(tmp_path / "data")
    data.make()
    credentials.store_users(data)
    assert main(["grafana", str(written), "--data", str(data.root)]) == 0
    password = credentials.password(data, "analyst")
    for path in written.rglob("*"):
        assert path.is_dir() or password not in path.read_text("utf-8")
    assert provisioned(written, "datasources")["secureJsonData"] == {
        "password": "$HAECHI_ANALYST_PASSWORD"
    }


def test_a_folder_that_cannot_be_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    assert main(["grafana", str(taken), "--data", str(tmp_path)]) != 0
    assert "give another folder" in capsys.readouterr().err
