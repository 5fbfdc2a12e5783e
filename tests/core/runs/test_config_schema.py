"""The subset of JSON Schema: what it refuses of configs, and of schemas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grd_core.errors import ConfigError
from grd_core.runs.config_key import dotted
from grd_core.runs.config_schema import MOST_FAULTS, check_schema, defaults, faults
from grd_core.runs.config_schema_draft import drafted_schema

SCHEMA = {
    "type": "object",
    "required": ["rate", "model"],
    "properties": {
        "rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.1},
        "epochs": {"type": "integer", "minimum": 1, "default": 10},
        "model": {
            "type": "object",
            "required": ["kind"],
            "properties": {
                "kind": {"enum": ["line", "tree"]},
                "widths": {"type": "array", "items": {"type": "integer"}},
                "dropout": {"type": ["number", "null"], "default": None},
            },
        },
        "extra": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
GOOD = {"rate": 0.5, "model": {"kind": "line"}}


def said(values, schema=SCHEMA):
    return [(dotted(fault.key), fault.what, fault.fix) for fault in faults(schema, values)]


def test_what_keeps_the_rules_is_accepted():
    check_schema(SCHEMA, dotted)
    assert said(GOOD) == []
    assert said(GOOD | {"epochs": 3.0, "extra": {"any": "text"}}) == []


def test_unknown_and_missing_keys_are_named_with_the_nearest_one():
    assert said({"raet": 0.5, "model": {"kind": "line"}}) == [
        ("raet", "unknown key `raet`", "did you mean `rate`?"),
        ("rate", "missing key `rate`", "rename `raet` if it is meant, else set it"),
    ]
    assert said({"rate": 0.5, "model": {"kind": "line", "dropuot": 0.5}}) == [
        ("model.dropuot", "unknown key `model.dropuot`", "did you mean `model.dropout`?")
    ]
    assert said({"rate": 0.5, "model": {}}) == [
        ("model.kind", "missing key `model.kind`", "set it")
    ]


def test_a_known_key_at_the_wrong_place_is_sent_to_the_right_one():
    assert said(GOOD | {"widths": [1]})[0][2] == "did you mean `model.widths`?"


@pytest.mark.parametrize(
    ("values", "key", "what"),
    [
        ({"rate": 0}, "rate", "`rate` is 0, not above 0"),
        ({"rate": 2}, "rate", "`rate` is 2, above 1"),
        ({"rate": True}, "rate", "`rate` is true, not number"),
        ({"rate": "1e-3"}, "rate", '`rate` is "1e-3", not number'),
        ({"epochs": 1.5}, "epochs", "`epochs` is 1.5, not integer"),
        ({"epochs": 0}, "epochs", "`epochs` is 0, below 1"),
        ({"model": {"kind": "bush"}}, "model.kind", '`model.kind` is "bush"'),
        ({"model": []}, "model", "`model` is a list, not object"),
        (
            {"model": {"kind": "line", "widths": [1, "x"]}},
            "model.widths[1]",
            '`model.widths[1]` is "x", not integer',
        ),
        ({"extra": {"a": 1}}, "extra.a", "`extra.a` is 1, not string"),
    ],
)
def test_values_are_refused_by_their_key(values, key, what):
    assert [fault[:2] for fault in said(GOOD | values)] == [(key, what)]


def test_text_that_yaml_should_have_read_as_a_number_says_so():
    assert "write 0.001 without quotes" in said(GOOD | {"rate": "1e-3"})[0][2]


def test_another_studys_config_ends_after_some_faults_of_readable_length():
    found = faults(
        SCHEMA, {f"{i}" * 50_000: i for i in range(10)} | dict.fromkeys(map(str, range(20_000)))
    )
    assert len(found) == MOST_FAULTS
    assert max(len(fault.what) for fault in found) < 120


def test_true_is_not_one():
    assert said(True, {"enum": [1]})
    assert not said(1.0, {"enum": [1]})
    assert said({"a": [True]}, {"const": {"a": [1]}})


def test_defaults_by_dotted_key():
    assert defaults(SCHEMA) == {"rate": 0.1, "epochs": 10, "model.dropout": None}
    table = {
        "properties": {"a": {"default": {"b": 1, "c": 2}, "properties": {"b": {"default": 3}}}}
    }
    assert defaults(table) == {"a.b": 3, "a.c": 2}


@pytest.mark.parametrize(
    ("schema", "what"),
    [
        ({"properties": {"a": {"pattern": "x"}}}, "uses `pattern`, which is not read"),
        ({"$ref": "#/$defs/x"}, "uses `$ref`"),
        ({"allOf": []}, "uses `allOf`"),
        ({"type": "float"}, "names the type 'float'"),
        ({"type": [["number"]]}, "names the type ['number']"),
        ({"properties": {"a": {"minimum": "1"}}}, "has a `minimum` that is no number"),
        ({"properties": []}, "has `properties` that are no table"),
        ({"properties": {"a": None}}, "has no table of rules"),
        ({"items": None}, "has no table of rules"),
        ({"additionalProperties": "no"}, "has no table of rules"),
        ({"required": "a"}, "has a `required` that is no list"),
        ({"enum": "ab"}, "has an `enum` that is no list"),
        ({"properties": {"a": {"type": "integer", "default": "x"}}}, "a default that it refuses"),
        ([], "has no table of rules"),
    ],
)
def test_a_schema_that_would_not_be_understood_is_refused(schema, what):
    with pytest.raises(ConfigError) as refused:
        check_schema(schema, dotted)
    assert what in refused.value.what


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), JSON_VALUES, max_size=4))
def test_a_drafted_schema_is_read_and_accepts_what_it_was_drafted_from(values):
    schema = drafted_schema(values)
    check_schema(schema, dotted)
    assert faults(schema, values) == ()


@given(st.dictionaries(st.text(min_size=1, max_size=4), JSON_VALUES, min_size=1, max_size=4))
def test_a_drafted_schema_misses_every_key_that_goes(values):
    schema = drafted_schema(values)
    gone = next(iter(values))
    left = {key: value for key, value in values.items() if key != gone}
    assert [fault.key for fault in faults(schema, left)] == [(gone,)]
