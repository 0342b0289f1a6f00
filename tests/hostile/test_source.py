"""What the source must not hold, so that no input becomes a program or a call (C.5, 32, 33 and 34)."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

import attribution

ROOT = Path(attribution.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
DATA = sorted(
    path
    for path in ROOT.rglob("*")
    if path.is_file()
    and path.suffix not in {".py", ".pyc", ".typed"}
    and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)

MODULES_THAT_RUN_DATA = {
    *("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml", "jsonpickle"),
    *("code", "codeop", "imp", "pty", "ctypes", "xml.etree", "xml.sax", "xml.dom", "mailbox"),
}
CALLS = {"eval", "exec", "compile", "__import__", "execfile", "input"}
METHODS = {"system", "popen", "execv", "execvp", "execve", "spawnv", "spawnl", "loads_unsafe", "extractall", "extract"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_run_that_was_read(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                imported = {name.name for name in names}
            case ast.ImportFrom(module=module):
                imported = {module or ""}
            case ast.Call(func=ast.Name(id=name)):
                assert name not in CALLS, f"line {node.lineno}: {name}"
                continue
            case ast.Call(func=ast.Attribute(attr=name, value=value), keywords=keywords):
                plain = isinstance(value, ast.Name) and value.id in ("re", "campaigns")
                assert name not in METHODS | (CALLS - {"compile"}) or plain, f"line {node.lineno}: {name}"
                assert not any(word.arg == "shell" for word in keywords), f"line {node.lineno}: shell"
                continue
            case _:
                continue
        for name in imported:
            parts = name.split(".")
            starts = {".".join(parts[: end + 1]) for end in range(len(parts))}
            assert not starts & MODULES_THAT_RUN_DATA, f"line {node.lineno}: {name}"


@pytest.mark.parametrize("path", DATA, ids=lambda path: str(path.relative_to(ROOT)))
def test_data_files_are_data_of_a_known_kind(path: Path) -> None:
    assert path.suffix in {".toml", ".txt", ".html", ".css"}
    text = path.read_text("utf-8")
    assert len(text) < 1 << 20
    if path.suffix == ".toml":
        tomllib.loads(text)
    if path.suffix == ".html":
        assert "|safe" not in text.replace(" ", "")
        assert "<script" not in text
        assert "autoescape" not in text
