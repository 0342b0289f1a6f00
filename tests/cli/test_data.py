from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attribution.cli.exits import Exit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke


def test_the_list_names_the_terms_and_how_to_get_it(invoke: Invoke) -> None:
    done = invoke("data", "list")
    assert done.exit_code == Exit.DONE, done.stderr
    for part in ("ipinfo-lite", "CC-BY-SA-4.0", "attribution data install ipinfo-lite"):
        assert part in done.stdout
    (entry,) = json.loads(invoke("data", "list", "--json").stdout)
    assert (entry["name"], entry["installed"]) == ("ipinfo-lite", None)


def test_a_name_that_there_is_not_is_wrong_usage(invoke: Invoke) -> None:
    done = invoke("data", "install", "no\x1bsuch")
    assert (done.exit_code, done.stdout) == (Exit.USAGE, "")
    assert "ipinfo-lite" in done.stderr
    assert done.stderr.rstrip("\n").isprintable()


def test_what_cannot_be_installed_has_the_code_of_databases(invoke: Invoke, tmp_path: Path) -> None:
    wheel = tmp_path / "parsedmarc-1.0-py3-none-any.whl"
    wheel.write_bytes(b"no wheel")
    for name in (wheel, tmp_path / "missing.whl"):
        done = invoke("data", "install", "ipinfo-lite", "--wheel", name)
        assert (done.exit_code, done.stdout) == (Exit.DATABASE, "")
        assert "Traceback" not in done.stderr
