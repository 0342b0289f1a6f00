"""The pages hold what they say: commands, code, queries, links and cited tests are tried out.

In the tutorial and the how-to pages a block marked `console` or `sh` is a session in a shell, `python` one in Python,
`toml` a file that its first line names, and `sql` a query for DuckDB. A `text` block is output of the block before it.
What is shown as output must come out, line by line in that order; `...` stands for what is left out.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import nbformat
import pytest
from nbclient import NotebookClient

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
TRIED = sorted([*DOCS.glob("tutorial/*.md"), *DOCS.glob("how-to/*.md")])
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
LINKED = [*TRIED, *sorted(DOCS.glob("explanation/*.md")), DOCS / "README.md", ROOT / "SECURITY.md"]

NOT_RUN = {
    "data install": "it fetches from a package index, or needs a wheel that was fetched from one",
    "pip ": "it fetches from a package index",
    "bin/activate": "the environment that it enters is made by a command that fetches from a package index",
    "jupyter lab": "it opens a browser and does not end",
}
"""Parts of commands that are shown and not run, each with the reason."""


@dataclass(frozen=True)
class Block:
    """One fenced block of a page: the word after the fence, its line in the page, its text, and its shown outputs."""

    kind: str
    line: int
    text: str
    outputs: list[list[str]] = field(default_factory=list)


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in order; `text` blocks are outputs of the one before them."""
    source = page.read_text("utf-8")
    found: list[Block] = []
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", source, re.MULTILINE | re.DOTALL):
        if match[1] == "text" and found:
            found[-1].outputs.append(match[2].splitlines())
        else:
            found.append(Block(match[1], source.count("\n", 0, match.start()) + 1, match[2]))
    return found


def commands(block: Block) -> list[tuple[str, list[list[str]]]]:
    """Return the commands of a shell block, each with the outputs that are shown for it."""
    if block.kind == "sh":
        found: list[tuple[str, list[list[str]]]] = [(line, []) for line in block.text.splitlines()]
    else:
        parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
        found = [(line, [rest.splitlines()]) for line, _, rest in (part.partition("\n") for part in parts)]
    found[-1][1].extend(block.outputs)
    return found


def assert_shown(outputs: Sequence[Sequence[str]], actual: str, where: str) -> None:
    """Check that the lines of each shown output come in this order, whatever the space between their words."""
    lines = [" ".join(line.split()) for line in actual.splitlines()]
    for shown in outputs:
        rest = iter(lines)
        for line in shown:
            words = " ".join(line.split())
            wanted = re.compile(re.escape(words).replace(re.escape("..."), ".*"))
            if words not in {"", "..."}:
                assert any(wanted.fullmatch(other) for other in rest), f"{where}: not printed: {line!r}\n{actual}"


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give an environment in which `attribution` and `python` are this checkout and this Python, and no more is set."""
    home = tmp_path_factory.mktemp("home")
    for name, module in (("attribution", "-m attribution "), ("python", "")):
        script = home / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module}"$@"\n', encoding="utf-8")
        script.chmod(0o755)
    kept = {key: os.environ[key] for key in ("LANG", "TMPDIR") if key in os.environ}
    paths = {"PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return {**kept, **paths, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "COLUMNS": "80"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, samples: Path, tools: dict[str, str]) -> Path:
    """Give a folder with the samples and, as `case`, the case that the tutorial makes of them."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(samples, folder / "samples", ignore=shutil.ignore_patterns("generator", "*.py"))
    first = next(
        line
        for block in blocks(DOCS / "tutorial" / "first-case.md")
        if block.kind in {"console", "sh"}
        for line, _ in commands(block)
        if line.startswith("attribution analyze")
    )
    shell(first, folder, tools)
    return folder


def shell(line: str, folder: Path, tools: dict[str, str]) -> str:
    """Run one line in a shell and return all that it prints; it must succeed."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],  # noqa: S607 (bash is found by PATH, as by whoever reads the page)
        cwd=folder,
        env=tools,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    printed = done.stdout.decode("utf-8", "replace")
    # A reader such as `head` may go before the writer is done: the shell then calls the writer ended by SIGPIPE.
    assert done.returncode in {0, 141}, f"{line}\n{printed}"
    return printed


@pytest.mark.parametrize("page", TRIED, ids=lambda page: page.stem)
def test_what_a_page_tells_to_do_can_be_done(
    page: Path, checkout: Path, tools: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "checkout"
    without_case = shutil.ignore_patterns("case" if page.parent.name == "tutorial" else "")
    shutil.copytree(checkout, folder, ignore=without_case)
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("ATTRIBUTION_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", tools["XDG_DATA_HOME"])
    session: dict[str, Any] = {"__name__": "__main__"}
    tried = 0
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if block.kind == "toml":
            Path(block.text.partition("\n")[0].removeprefix("# ")).write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            printed = io.StringIO()
            with redirect_stdout(printed):
                exec(compile(block.text, where, "exec"), session)  # noqa: S102 (our own pages, which say: run this)
            assert_shown(block.outputs, printed.getvalue(), where)
        elif block.kind in {"console", "sh"}:
            for line, shown in commands(block):
                if not any(part in line for part in NOT_RUN):
                    assert_shown(shown, shell(line, folder, tools), where)
                    tried += 1
    assert tried or session.keys() > {"__name__", "__builtins__"}, f"nothing was tried of {page.name}"


@pytest.mark.filterwarnings("default")  # how DuckDB calls pandas is not ours
def test_queries_give_what_the_page_shows(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is no dependency: pip install duckdb to try the queries")
    monkeypatch.chdir(checkout)
    for block in blocks(DOCS / "how-to" / "ask-the-tables-with-sql.md"):
        if block.kind == "sql":
            answer = duckdb.sql(block.text).df()
            assert len(answer), block.text
            assert_shown(block.outputs, answer.to_string(index=False), f"line {block.line}")


def read_notebook(path: Path) -> Any:  # noqa: ANN401 (nbformat says nothing of its types)
    """Return a notebook, checked against the schema of its format."""
    content = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # as above
    nbformat.validate(content)
    return content


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_a_fresh_checkout(
    notebook: Path, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(samples, tmp_path / "samples", ignore=shutil.ignore_patterns("generator", "*.py"))
    (tmp_path / "notebooks").mkdir()
    for name in ("HOME", "XDG_DATA_HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    client = NotebookClient(
        read_notebook(notebook), timeout=120, resources={"metadata": {"path": str(tmp_path / "notebooks")}}
    )
    client.execute()


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_results(notebook: Path) -> None:
    content = read_notebook(notebook)
    assert [cell for cell in content.cells if cell.get("outputs") or cell.get("execution_count")] == []
    text = notebook.read_text("utf-8")
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def links(text: str) -> list[tuple[str, str]]:
    """Give the local targets of the links in a text, and their parts behind `#`."""
    return re.findall(r"\]\(((?!\w+:)[^)#\s]*)(?:#([^)\s]*))?\)", text)


def anchors(text: str) -> set[str]:
    """Give the names by which the headings of a page are linked to."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def assert_links_lead_somewhere(text: str, page: Path) -> None:
    for target, part in links(text):
        found = page.parent / unquote(target) if target else page
        assert found.exists(), f"{page.name}: {target}"
        if part and found.suffix == ".md":
            assert part in anchors(found.read_text("utf-8")), f"{page.name}: {target}#{part}"


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.stem)
def test_local_links_lead_to_a_page_and_a_heading(page: Path) -> None:
    assert_links_lead_somewhere(page.read_text("utf-8"), page)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_local_links_of_a_notebook_lead_somewhere(notebook: Path) -> None:
    for cell in read_notebook(notebook).cells:
        if cell.cell_type == "markdown":
            assert_links_lead_somewhere(cell.source, notebook)


def test_every_page_is_on_the_map() -> None:
    named = {target for target, _ in links((DOCS / "README.md").read_text("utf-8"))}
    for page in DOCS.glob("*/*.md"):
        name = page.relative_to(DOCS).as_posix()
        assert name in named or page.parent.name == "decisions", name


def test_promises_name_tests_that_exist() -> None:
    page = DOCS / "explanation" / "guarantees-and-limits.md"
    cited = re.findall(r"\[`(test_\w+)`\]\(([^)]+)\)", page.read_text("utf-8"))
    assert cited
    for test, target in cited:
        assert f"def {test}(" in (page.parent / target).read_text("utf-8"), f"{target}: {test}"


def test_the_figures_of_the_limits_are_those_in_force() -> None:
    from attribution import Limits

    page = (DOCS / "explanation" / "guarantees-and-limits.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d,.]+) \|", page, re.MULTILINE))
    assert {name: float(text.replace(",", "")) for name, text in rows.items()} == Limits().as_dict()
