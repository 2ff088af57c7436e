"""`haechi grafana`: what Grafana needs to show an installation, ready to be provisioned."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app import credentials
from haechi.app.arguments import Commands, command, profile_option
from haechi.app.configuration import load_profile
from haechi.app.exits import OK
from haechi.app.folder import DataFolder
from haechi.app.store import HOST
from haechi.app.terminal import say
from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.configs.profile import Profile

PASSWORD: Final = "HAECHI_ANALYST_PASSWORD"  # noqa: S105 - the name of a variable
_WRITTEN: Final = "# Written by haechi grafana. Values are JSON, which YAML reads.\n"


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "grafana",
        run,
        "write dashboards and a data source for Grafana",
        "haechi grafana /srv/grafana-haechi\n"
        f"{PASSWORD}=$(cat var/secrets/store-analyst.password) \\\n"
        "  GF_PATHS_PROVISIONING=/srv/grafana-haechi/provisioning grafana server",
        details="Grafana needs the plugin grafana-clickhouse-datasource of version 4. The password "
        "is not written: Grafana reads it from its environment. docs/grafana.md tells more.",
    )
    profile_option(parser)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write; made if missing")


def run(args: argparse.Namespace) -> int:
    """Write the folder."""
    from haechi.dashboards.for_grafana import DASHBOARDS, text

    data = DataFolder(args.data.resolve())
    folder: Path = args.folder.resolve()
    files = {
        folder / "provisioning" / "datasources" / "haechi.yaml": data_source(
            load_profile(args.profile), data
        ),
        folder / "provisioning" / "dashboards" / "haechi.yaml": provider(folder / "dashboards"),
    }
    files |= {folder / "dashboards" / f"{one.name}.json": text(one) for one in DASHBOARDS}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written: {error.strerror}; give another folder"
        ) from None
    say(f"{len(DASHBOARDS)} dashboards and a data source are in {folder}; start Grafana with:")
    say(f"  {PASSWORD}=$(cat {credentials.password_file(data, 'analyst')})")
    say(f"  GF_PATHS_PROVISIONING={folder / 'provisioning'}")
    return OK


def data_source(profile: Profile, data: DataFolder) -> str:
    """The provisioning file of the data source: HTTP, as the analyst."""
    from haechi.dashboards.for_grafana import TYPE, UID

    running = data.address("store")
    host, port = profile.store.address or HOST, profile.store.port
    if running is not None and not profile.store.address:
        host, port = running.host, running.port
    source = {
        "name": "Haechi",
        "uid": UID,
        "type": TYPE,
        "editable": False,
        "jsonData": {
            "host": host,
            "port": port,
            "protocol": "http",
            "secure": False,
            "username": "analyst",
            "defaultDatabase": "haechi",
            "queryTimeout": "30",
        },
        "secureJsonData": {"password": f"${PASSWORD}"},
    }
    return f"{_WRITTEN}apiVersion: 1\ndatasources: {_flow([source])}\n"


def provider(dashboards: Path) -> str:
    """The provisioning file that tells Grafana where the dashboards lie."""
    told = {
        "name": "Haechi",
        "folder": "Haechi",
        "type": "file",
        "allowUiUpdates": False,
        "options": {"path": str(dashboards)},
    }
    return f"{_WRITTEN}apiVersion: 1\nproviders: {_flow([told])}\n"


def _flow(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
