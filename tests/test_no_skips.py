"""GRAFT_NO_SKIPS: what cannot run on a build machine fails there, instead of being passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

_TESTS = """
import pytest

def test_runs():
    pass

@pytest.mark.slow
def test_waits_to_be_asked_for():
    pass

@pytest.mark.skipif(True, reason="needs a decoder")
def test_is_marked():
    pass

@pytest.fixture
def weights():
    pytest.skip("needs weights")

def test_needs_a_fixture(weights):
    pass

@pytest.mark.slow
def test_is_slow_and_needs_a_fixture(weights):
    pass

def test_skips_by_itself():
    pytest.importorskip("no_such_module")

@pytest.mark.xfail(reason="known")
def test_is_known_to_fail():
    assert False
"""
_MODULE = "import pytest\npytest.skip('needs a camera', allow_module_level=True)\n"


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch):
    """A function that runs the tests above with a value of the variable and further options."""
    pytester.makeini("[pytest]\nmarkers = slow\n")
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    monkeypatch.delenv("GRAFT_NO_SKIPS", raising=False)

    def tests(*options: str, switch: str | None = None, **files: str) -> pytest.RunResult:
        if switch is not None:
            monkeypatch.setenv("GRAFT_NO_SKIPS", switch)
        pytester.makepyfile(**(files or {"test_some": _TESTS}))
        plugins = ("-p", "tests.no_skips", "-p", "no:cacheprovider", "-p", "no:xdist")
        return pytester.runpytest_inprocess(*plugins, *options)

    return tests


@pytest.mark.parametrize("switch", [None, ""])
def test_without_the_switch_tests_are_skipped(run, switch):
    run(switch=switch).assert_outcomes(passed=1, skipped=5, xfailed=1)


def test_with_it_every_skip_but_that_of_slow_tests_fails_with_its_reason(run):
    result = run(switch="1")
    result.assert_outcomes(passed=1, skipped=2, xfailed=1, failed=1, errors=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    for reason in ("needs a decoder", "needs weights", "could not import 'no_such_module'"):
        result.stdout.fnmatch_lines(f"GRAFT_NO_SKIPS is set, and this was skipped. *{reason}*")


def test_slow_tests_that_are_asked_for_may_not_be_skipped_either(run):
    run("-m", "slow", switch="1").assert_outcomes(passed=1, errors=1, deselected=5)


def test_a_module_that_is_skipped_as_a_whole_fails(run):
    run(test_module=_MODULE).assert_outcomes(skipped=1)
    result = run(switch="1", test_module=_MODULE)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*needs a camera*")
