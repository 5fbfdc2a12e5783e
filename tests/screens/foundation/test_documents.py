"""Pages that are read over whatever is shown: prose set anew, what is verbatim as it stands."""

from __future__ import annotations

from dataclasses import replace

from grd_core.runs.config_review import ConfigFault, ConfigReview, ConfigTold, ConfigValue
from grd_core.runs.run_difference import ABSENT, Change, FileChange, RunDifference
from grd_screens.commands.configs import config_document, review_document
from grd_screens.commands.differences import difference_document
from grd_screens.critic.documents import Document, Verbatim, document_lines

DIFFERENCE = RunDifference(
    left="001-the-mean/01",
    right="002-the-moon/01",
    left_id=1,
    right_id=2,
    config=(
        Change("rate", "changed", 0.1, 0.2),
        Change("name", "added", ABSENT, "# moon\n- \x1b[2J"),
        Change("old", "removed", None, ABSENT),
        Change("seed", "same", 1, 1),
    ),
    code=(
        FileChange(
            "train.py", "changed", 1, 1, ("--- a", "+++ b", "@@ -1 +1 @@", "-b = 2", "+b = 3")
        ),
        FileChange("model.bin", "added", note="neither code nor config: compared by its hash"),
    ),
    environment=(Change("command", "same", "python", "python"),),
    data=(),
    metrics=(Change("loss", "changed", 0.5, 0.4),),
    notes=("001-the-mean/01 has no env.json: its environment is not compared",),
)


def lines(document: Document, width: int = 80) -> list[str]:
    return [line.plain for line in document_lines(document, width)]


def test_what_is_verbatim_keeps_its_lines_and_is_only_folded() -> None:
    page = Document("title", ("one\ntwo\n\n", Verbatim(("  a\tb", "", "c" * 12, "\x1b[2J"))))
    assert lines(page, 10) == ["title", "one two", "", "  a    b", "", "c" * 10, "cc", "<1B>[2J"]


def test_a_difference_is_told_part_by_part_and_steers_no_terminal() -> None:
    page = difference_document(DIFFERENCE, DIFFERENCE.changed_only())
    told = lines(page)
    assert told[0] == "run 1 001-the-mean/01 → run 2 002-the-moon/01"
    assert "config: 3 of 4 differ" in told
    assert "- ~ rate: 0.1 → 0.2" in told
    assert "- + name: # moon - <1B>[2J" in told
    assert "- - old: null" in told
    assert not any("seed" in line for line in told)
    at = told.index("- ~ train.py  +1 -1")
    assert told[at + 1 : at + 6] == ["--- a", "+++ b", "@@ -1 +1 @@", "-b = 2", "+b = 3"]
    assert {"environment: the same", "data: nothing recorded"} <= set(told)
    assert told[at - 1] == "code: 2 of 2 differ"
    assert any(line.startswith("! 001-the-mean/01 has no env.json") for line in told)


def test_everything_also_says_what_is_the_same() -> None:
    told = lines(difference_document(DIFFERENCE, DIFFERENCE))
    assert "- = seed: 1" in told
    assert "environment: 0 of 1 differ" in told


def test_a_config_says_what_it_sets_and_what_stands_there_instead() -> None:
    told = ConfigTold(
        experiment="002-the-moon",
        file="config.toml",
        reason="",
        schema="config.schema.json",
        baseline="001-the-mean",
        values=(
            ConfigValue("rate", "0.2", "0.1", "the same"),
            ConfigValue("name", "moon", "–", "none"),
        ),
        not_set=("depth",),
    )
    assert lines(config_document(told)) == [
        "002-the-moon/config.toml",
        "- schema: config.schema.json",
        "- baseline: 001-the-mean",
        "",
        "- rate = 0.2   (default 0.1)",
        "- name = moon   (baseline none)",
        "- depth is not set   (the baseline sets it)",
    ]
    assert lines(config_document(replace(told, reason="no config"))) == [
        "002-the-moon",
        "no config",
    ]


def test_faults_of_configs_stand_where_they_are() -> None:
    fault = ConfigFault("raet", "config.toml:1", "unknown key `raet`", "rename it")
    page = review_document(ConfigReview("s.json", ("002-the-moon",), (fault,)), "1 fault by s.json")
    assert lines(page)[1:4] == ["config.toml:1", "unknown key `raet`", "- do: rename it"]
