"""Networks trained by hand, and the data sets and loaders they are fed from."""

from __future__ import annotations

from grd_core.checks.dataflow.columns import NONE
from grd_core.checks.dataflow.forwards import Forward
from grd_core.checks.dataflow.library import Known
from grd_core.checks.dataflow.machine import Call, Machine
from grd_core.checks.dataflow.values import NOTHING, Shape, Value, derived, mix


def held_in(machine: Machine, value: Value) -> Value:
    """The data in a value: itself, or what an object of the program keeps."""
    if value.origin or value.instance is None:
        return value
    kept = [machine.state.latest(item) for _, item in value.fields or ()]
    return mix(item for item in kept if item.origin)._replace(shape=Shape.ARRAY)


def subset(machine: Machine, call: Call, row: Known) -> Value:
    """`Subset(dataset, indices)`."""
    whole = held_in(machine, call.argument(0, "dataset") or NOTHING)
    return _by_numbers(machine, call, whole, call.argument(1, "indices"))


def loader(machine: Machine, call: Call, row: Known) -> Value:
    """`DataLoader(dataset, sampler=…)`."""
    whole = held_in(machine, call.argument(0, "dataset") or NOTHING)
    return _by_numbers(machine, call, whole, call.argument(-1, "sampler"))


def batches(machine: Machine, call: Call, owner: Value) -> Value:
    """`generator.flow(x, y)`, or with `subset="training"` one side of the generator's split."""
    whole = call.argument(0, "x", "dataframe") or NOTHING
    side = call.constant("subset")
    if not isinstance(side, str):
        return derived(whole, shape=Shape.ARRAY)
    key = ("split", ("subset", owner.location), side)
    return derived(whole, machine.rows.parts(whole.origin, key, call.site), Shape.ARRAY)


def _by_numbers(machine: Machine, call: Call, whole: Value, numbers: Value | None) -> Value:
    if numbers is None or not whole.origin:
        return derived(whole)._replace(shape=Shape.ARRAY)
    key = numbers.selects or ("numbers", numbers.latent or machine.key(call.node))
    rows = machine.rows.parts(whole.origin, key, call.site)
    return derived(whole, rows=rows, shape=Shape.ARRAY)


def forward(machine: Machine, call: Call, owner: Value) -> Value:
    """`network(x)`: a value for each row."""
    given = mix(value for value in call.values if value.origin)
    machine.forwards.called(
        Forward(
            network=owner.location,
            site=call.site,
            rows=given.origin,
            taints=given.taints,
            subject=call.node.args[0] if call.node.args else None,
            through=given.latent if given.rows else frozenset(),
            stack=machine.stack,
        )
    )
    return given._replace(columns=NONE)


def weights(machine: Machine, call: Call, owner: Value) -> Value:
    """`network.parameters()`."""
    machine.forwards.optimised(owner.location)
    return NOTHING


def backward(machine: Machine, call: Call, owner: Value) -> Value:
    """`loss.backward()`, `self.manual_backward(loss)`."""
    loss = call.args[0] if call.args and call.args[0].origin else owner
    machine.forwards.backward(loss, call.site, machine.stack)
    return NOTHING
