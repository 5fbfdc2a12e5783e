"""What every test shares: the same small studies, made once; and the order of the files.

The studies are made by the program itself, as `small_study` tells. Each is made once for the
whole run of the tests, by whichever process needs it first, and copied by everyone else.
"""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from grd_core.study import Study

FIRST = (
    "e2e/test_headless_walk.py",
    "e2e/test_walk_by_keys_narrow.py",
    "core/critic/test_review.py",
    "screens/critic/test_review.py",
    "e2e/test_cockpit_trusts_nothing.py",
    "e2e/test_cockpit_survives.py",
    "e2e/test_bad_input.py",
    "e2e/test_cockpit_on_a_terminal.py",
    "e2e/test_watch_digits.py",
    "faults/test_kills.py",
    "screens/loop/test_pictures.py",
    "screens/loop/test_keys.py",
)
"""The longest files, begun first: what is short fills the processes up evenly at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order of `FIRST`, then as they were; within a file nothing moves."""
    here = Path(__file__).parent
    place = {here / name: at for at, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What every test needs is loaded by now and stays: it is not searched for garbage over and
    over, which took a quarter of the time of a test of the cockpit."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """No skip passes for a success where that is asked for."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("GRD_TEST_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and skips are failures here: {report.longrepr}"


Once = Callable[[str, Callable[[Path], object]], "Study"]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes a study once in this run of the tests, and gives each process a copy of it."""
    mine = tmp_path_factory.getbasetemp()
    shared = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine

    def make(name: str, build: Callable[[Path], object]) -> Study:
        from grd_core.study import Study
        from tests.small_study import copy_of

        original = shared / f"made-{name}" / "tides"
        finished = original.with_name("finished")
        with _alone(shared / f"made-{name}.lock"):
            if not finished.exists():
                shutil.rmtree(original.parent, ignore_errors=True)
                original.parent.mkdir()
                build(original)
                finished.touch()
            return copy_of(Study(original), tmp_path_factory.mktemp(name) / "tides")

    return make


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def declared_once(once: Once) -> Study:
    """Declared; nobody has looked at its data yet. To be copied."""
    from tests.small_study import declared_study

    return once("declared", declared_study)


@pytest.fixture(scope="session")
def frozen_once(once: Once, declared_once: Study) -> Study:
    """The same, profiled, split and frozen. To be copied."""
    from tests.small_study import copy_of, frozen

    return once("frozen", lambda folder: frozen(copy_of(declared_once, folder)))


@pytest.fixture(scope="session")
def locked_once(once: Once, frozen_once: Study) -> Study:
    """The same, locked; no experiment yet. To be copied."""
    from tests.small_study import copy_of, locked

    return once("locked", lambda folder: locked(copy_of(frozen_once, folder)))


@pytest.fixture(scope="session")
def begun_once(once: Once, locked_once: Study) -> Study:
    """The same with a baseline, run and reviewed. To be copied."""
    from tests.small_study import add_baseline, copy_of

    return once("begun", lambda folder: add_baseline(copy_of(locked_once, folder)))


@pytest.fixture(scope="session")
def judged_once(once: Once, begun_once: Study) -> Study:
    """A baseline, a moon that PROCEEDs and a refuted wind; nothing scored yet. To be copied."""
    from tests.small_study import add_candidates, copy_of

    return once("judged", lambda folder: add_candidates(copy_of(begun_once, folder)))


@pytest.fixture(scope="session")
def evaluated_once(once: Once, judged_once: Study) -> Study:
    """The same, with the moon scored and its scorecard reviewed. To be copied."""
    from grd_core.critic.inputs import input_hashes
    from grd_core.critic.last_review import review_scorecard
    from grd_core.evaluation.evaluate import evaluate
    from tests.small_study import copy_of

    def score(folder: Path) -> None:
        study = copy_of(judged_once, folder)
        evaluate(study, "2", input_hashes)
        review_scorecard(study, "2")

    return once("evaluated", score)


@pytest.fixture
def evaluated(evaluated_once: Study, tmp_path: Path) -> Study:
    """A copy of the evaluated study, for one test."""
    from tests.small_study import copy_of

    return copy_of(evaluated_once, tmp_path / "tides")
