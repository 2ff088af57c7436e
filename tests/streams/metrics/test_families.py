"""The table of metrics: named as Prometheus wants, told on its page, asked for by alerts."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from haechi.configs.profile import Profile
from haechi.streams.metrics import families

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "dashboards" / "prometheus"
NAMES = {family.name for family in families.ALL}


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    assert families.page() in page, "docs/metrics.md is stale: put families.page() into it"


def test_every_family_of_the_module_is_told() -> None:
    made = {one for one in vars(families).values() if isinstance(one, families.Family)}
    assert made == set(families.ALL)
    assert len(NAMES) == len(families.ALL)


@pytest.mark.parametrize("family", families.ALL, ids=lambda family: family.name)
def test_names_keep_to_the_conventions(family: families.Family) -> None:
    assert re.fullmatch(r"haechi(_[a-z]+)+", family.name)
    assert family.name.endswith("_total") == (family.kind == "counter")
    for unit in ("seconds", "bytes"):
        name = family.name.removesuffix("_total")
        assert (family.unit.split()[0] == unit) == name.endswith(f"_{unit}"), family.name
    assert not re.search(r"_(ms|us|milliseconds|kb|mb)\b", family.name), "base units only"
    assert family.about.endswith(".")
    assert "|" not in family.about, "it stands in a table"


# Read as lines: that they are YAML, and their expressions PromQL, is for promtool to say.
RULES = (EXAMPLES / "alerts.yml").read_text("utf-8").split("      - alert: ")[1:]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.partition("\n")[0])
def test_alerts_ask_for_what_exists(rule: str) -> None:
    parts = re.fullmatch(
        r"\w+\n +expr: (?:>-)?(.+?)\n(?: +for: \d+[smh]\n)? +labels: \{severity: \w+\}\n"
        r" +annotations:\n +summary: .+\n +description: .+\n",
        rule,
        re.DOTALL,
    )
    assert parts is not None, rule
    asked = {re.sub(r"_bucket$", "", name) for name in re.findall(r"haechi_\w+", parts[1])}
    assert asked
    assert asked <= NAMES
    assert parts[1].count("(") == parts[1].count(")")
    labels = {label for one in families.ALL if one.name in asked for label in one.labels}
    assert set(re.findall(r"\$labels\.(\w+)", rule)) <= labels


def test_the_scrape_asks_where_the_packaged_profile_listens() -> None:
    content = (EXAMPLES / "prometheus.yml").read_text("utf-8")
    assert f'["127.0.0.1:{Profile.load().metrics.port}"]' in content


def test_prometheus_own_check_accepts_them(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool, of Prometheus")
    shutil.copytree(EXAMPLES, tmp_path / "prometheus")
    (tmp_path / "prometheus" / "operator.token").write_text("x")
    told = subprocess.run(
        [promtool, "check", "config", tmp_path / "prometheus" / "prometheus.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
