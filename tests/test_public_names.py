from __future__ import annotations

import subprocess
import sys

import pytest

import attribution


def test_the_public_names_are_these() -> None:
    assert attribution.__all__ == [
        "AttributionError",
        "Case",
        "CaseError",
        "CaseExistsError",
        "DatabaseError",
        "Hop",
        "InputError",
        "InputNotFoundError",
        "InstallError",
        "Limits",
        "OutputError",
        "Progress",
        "Trace",
        "UsageError",
        "__version__",
        "analyze",
        "append_mail",
        "check_claims",
        "enrich_case",
        "open_case",
        "regroup_case",
        "score_case",
        "trace",
    ]
    assert all(getattr(attribution, name) for name in attribution.__all__)
    assert dir(attribution) == attribution.__all__


def test_another_name_is_the_error_that_python_users_know() -> None:
    with pytest.raises(AttributeError, match="module 'attribution' has no attribute 'analyse'"):
        attribution.analyse  # noqa: B018 (the look-up itself is what is tested)


def test_every_error_is_of_one_root_and_of_the_builtin_kind_that_fits() -> None:
    for name in attribution.__all__:
        if name.endswith("Error"):
            assert issubclass(getattr(attribution, name), attribution.AttributionError)
    assert issubclass(attribution.InputNotFoundError, FileNotFoundError)
    assert issubclass(attribution.UsageError, ValueError)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, attribution; print({'pandas', 'pyarrow', 'scipy', 'networkx', 'mailparser'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "set()"


def test_a_worker_and_a_trace_load_no_library_of_the_later_stages() -> None:
    code = (
        "import sys, attribution.pipeline.batch, attribution.pipeline.tracing;"
        "print({'pandas', 'scipy', 'networkx', 'jinja2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "set()"
