"""The meter strip: device, live run and budget on one line, shortened where it must be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, text

if TYPE_CHECKING:
    from grd_core.budget.meter import Gpu, GpuReading, GpuReadings, HostSample
    from grd_core.overview import BudgetLine, LiveRun

GIB = 2**30
METER_AGE_S = 3.0
"""Older than this, the meter's last sample says its age."""
RUN_AGE_S = 10.0
"""Older than this, the last data of a live run says its age."""
BUDGET_WARNING = 0.8
"""The spent share of a limit from which the budget wants eyes."""

GONE_SOON_S = 3600.0
"""A budget that lasts longer wants no eyes, unless a run that says how long it takes needs more."""

_HISTORY = 8
_DEVICE, _LIVE, _HOURS = 0, 1, 2
_GIVING_WAY = (
    *(_HOURS, _DEVICE, _LIVE, _HOURS, _LIVE, _LIVE, _HOURS),
    *(_LIVE, _DEVICE, _DEVICE, _LIVE, _HOURS, _LIVE, _DEVICE),
)
"""Which part takes its next shorter version when the line is too long, in turn."""


@dataclass(frozen=True, slots=True)
class StripState:
    """What the strip shows; `meter_age_s` and `read_age_s` count from the last sample and
    the last snapshot; `alarms` holds the standing of each."""

    sample: HostSample | None = None
    history: tuple[float, ...] = ()
    meter_age_s: float = 0.0
    live: tuple[LiveRun, ...] = ()
    budget: tuple[BudgetLine, ...] | None = None
    read_age_s: float = 0.0
    alarms: tuple[str, ...] = ()

    def sampled(self, sample: HostSample, load_percent: float) -> StripState:
        """The same strip with a new sample of the meter."""
        history = (*self.history, load_percent)[-_HISTORY:]
        return replace(self, sample=sample, history=history, meter_age_s=0.0)


def strip_line(state: StripState, glyphs: Glyphs, width: int) -> Content:
    """The richest line that fits `width` cells; nothing on it is cut in the middle.

    Each part has shorter and shorter versions; they give way in turn, the graph first, then
    the run's metrics, then the bar.
    """
    parts = [_device(state, glyphs), _run(state, glyphs), _budget(state, glyphs)]
    alarms = _alarms(state, glyphs)
    chosen = [0, 0, 0]
    bar = Content.styled(f" {glyphs.bar} ", "$rule")

    def line() -> Content:
        shown = [part[at] for part, at in zip(parts, chosen, strict=True)]
        return bar.join([part for part in (alarms, *shown) if part.plain])

    for part in _GIVING_WAY:
        if line().cell_length <= width:
            break
        chosen[part] = min(chosen[part] + 1, len(parts[part]) - 1)
    result = line()
    if result.cell_length > width:
        result = alarms
    return result if result.cell_length <= width else Content("")


def _alarms(state: StripState, glyphs: Glyphs) -> Content:
    """How many alarms there are, the gravest kind first; it gives way to nothing."""
    counted = [(kind, state.alarms.count(kind)) for kind in ("blocked", "attention", "stale")]
    parts = [
        text(f"{glyphs.standing[kind]} {count} {kind}", STYLES[kind])
        for kind, count in counted
        if count
    ]
    return Content(" ").join(parts)


def load_percent(sample: HostSample) -> float:
    """What the little graph follows: the mean use of the GPUs, else of the processors."""
    from grd_core.budget.meter import GpuReadings

    if isinstance(sample.gpus, GpuReadings):
        known = [
            device.utilisation_percent
            for device in sample.gpus.answering
            if device.utilisation_percent is not None
        ]
        if known:
            return sum(known) / len(known)
    return sample.cpu_percent


def _device(state: StripState, glyphs: Glyphs) -> list[Content]:
    sample = state.sample
    if sample is None:
        return [Content.styled("meter: waiting for the first sample", MUTED), Content("")]
    from grd_core.budget.meter import GpuReadings

    if isinstance(sample.gpus, GpuReadings):
        device = _gpu_texts(sample.gpus)
    else:
        memory = _bytes_of(sample.memory_used_bytes, sample.memory_total_bytes)
        load = f"CPU {sample.cpu_percent:3.0f}%"
        device = [f"no GPU: metering {load} {memory}", f"no GPU: {load} {memory}", load]
    if state.meter_age_s >= METER_AGE_S:
        return [
            Content.styled(f"{said} ! {state.meter_age_s:.0f} s old", "$warning")
            for said in (*device, "meter")
        ]
    graph = "".join(_spark(value, glyphs.sparks) for value in state.history)
    is_lost = isinstance(sample.gpus, GpuReadings) and sample.gpus.lost
    style = "$warning" if is_lost else ""
    with_graph = Content.assemble((device[0], style), (f" {graph}", "$accent"))
    return [with_graph, *(Content.styled(said, style) for said in device), Content("")]


def _gpu_texts(gpus: GpuReadings) -> list[str]:
    devices = gpus.devices
    each = "  ".join(f"GPU{device.index}{_gpu_text(device)}" for device in devices)
    if len(devices) == 1:
        return [each, each, f"GPU{_state(devices[0])}"]
    use = [d.utilisation_percent for d in gpus.answering if d.utilisation_percent is not None]
    mean = f" mean {sum(use) / len(use):.0f}%" if use else " use unmeasured"
    lost = ", ".join(str(device.index) for device in gpus.lost)
    lost = f" ! GPU{lost} lost" if lost else ""
    return [each, f"{len(devices)} GPUs{mean}{lost}", lost.strip(" !") or f"{len(devices)} GPUs"]


def _gpu_text(device: Gpu) -> str:
    from grd_core.budget.meter import GpuReading

    if not isinstance(device, GpuReading):
        return _state(device)
    memory = ""
    if device.memory_used_bytes is not None and device.memory_total_bytes is not None:
        memory = " " + _bytes_of(device.memory_used_bytes, device.memory_total_bytes)
    power = "" if device.power_w is None else f" {device.power_w:.0f}W"
    return f"{_percent(device)}{memory}{power}"


def _state(device: Gpu) -> str:
    from grd_core.budget.meter import GpuReading, LostGpu

    if isinstance(device, GpuReading):
        return _percent(device)
    return " ! lost" if isinstance(device, LostGpu) else " unmeasured"


def _percent(device: GpuReading) -> str:
    if device.is_partitioned:
        return " MIG: shared, unattributable"
    use = device.utilisation_percent
    return " use unmeasured" if use is None else f" {use:.0f}%"


def _run(state: StripState, glyphs: Glyphs) -> list[Content]:
    if not state.live:
        return [Content.styled("no run", MUTED), Content("")]
    run = state.live[0]
    name = f"run {run.run_id} {printable(run.name)}"
    short = f"run {run.run_id}"
    step = "" if run.step is None else f" step {run.step}"
    if run.progress:
        step = f" {printable(run.progress)}"
    if run.eta_s is not None:
        step += f" eta {duration(run.eta_s)}"
    metrics = "".join(f" {printable(metric)} {value:.4g}" for metric, value in run.metrics[:2])
    more = f" +{len(state.live) - 1}" if len(state.live) > 1 else ""
    age = None if run.age_s is None else run.age_s + state.read_age_s
    old = "" if age is None or age < RUN_AGE_S else f" ! data {age:.0f} s old"
    word = "" if run.state == "running" else f" {printable(run.state)}"
    style = "$warning" if old or word else ""
    now = glyphs.standing["now"]
    return [
        Content.styled(said, style)
        for said in (
            f"{now} {name}{word}{step}{metrics}{old}{more}",
            f"{now} {name}{word}{step}{old}{more}",
            f"{now} {short}{word}{step}{metrics}{old}{more}",
            f"{now} {short}{word}{step}{old}{more}",
            f"{now} {short}{word}{old}{more}",
            "",
        )
    ]


def _budget(state: StripState, glyphs: Glyphs) -> list[Content]:
    if state.budget is None:
        return [Content("")]
    if not state.budget:
        return [Content.styled("no budget set", MUTED), Content("")]
    line = max(state.budget, key=_nearest_its_end)
    share = _share(line)
    style = ""
    if share >= 1.0:
        style = "bold $error"
    elif share >= BUDGET_WARNING or _is_short(line, state):
        style = "bold $warning"
    amount = f"{_hours(line.spent)}/{_hours(line.limit)} {printable(line.unit)}"
    if share >= 1.0:
        amount = f"{glyphs.standing['blocked']} spent {amount}"
    if line.gone_in_s is not None and _is_short(line, state):
        amount += f" ! gone in {duration(line.gone_in_s)}"
    more = f" {printable(line.projection)}" if line.projection else ""
    leased = f" {_hours(line.leased)} leased" if line.leased else ""
    bars = (_bar(line, cells, glyphs) for cells in (10, 10, 5))
    return [
        *(
            Content.assemble((f"{amount} ", style), (bar, style or "$accent"), (said, MUTED))
            for bar, said in zip(bars, (more or leased, "", ""), strict=True)
        ),
        Content.styled(amount, style),
        Content(""),
    ]


def duration(seconds: float) -> str:
    """A span of time as a person says it: 40 s, 12m, 3h20, 2d."""
    if seconds < 60:
        return f"{seconds:.0f}s"
    if seconds < 3600:
        return f"{seconds / 60:.0f}m"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours}h{minutes:02d}" if hours < 48 else f"{hours / 24:.0f}d"


def _is_short(line: BudgetLine, state: StripState) -> bool:
    """Whether the end of the budget is near, or known to come before the runs are through.

    A run that does not say how long it takes could always outlast its lease.
    """
    if line.gone_in_s is None:
        return False
    told = any(run.eta_s is not None for run in state.live)
    return told or line.gone_in_s < GONE_SOON_S


def _nearest_its_end(line: BudgetLine) -> tuple[bool, float]:
    return line.gone_in_s is not None, _share(line)


def _share(line: BudgetLine) -> float:
    # Without the lease: a run may lease all that is left, and which unit is nearest to its
    # end would change with every sample.
    return line.spent / line.limit if line.limit > 0 else 1.0


def _bar(line: BudgetLine, cells: int, glyphs: Glyphs) -> str:
    spent = min(cells, round(_share(line) * cells))
    taken = spent
    if line.limit > 0:
        taken = min(cells, max(spent, round((line.spent + line.leased) / line.limit * cells)))
    return glyphs.spent * spent + glyphs.leased * (taken - spent) + glyphs.free * (cells - taken)


def _hours(hours: float) -> str:
    if 0 < hours < 0.01:
        return "<0.01"
    return f"{hours:.2f}" if 0 < hours < 1 else f"{hours:.3g}"


def _spark(percent: float, sparks: str) -> str:
    return sparks[min(len(sparks) - 1, max(0, int(percent / 100 * len(sparks))))]


def _bytes_of(used: int, total: int) -> str:
    return f"{used / GIB:.1f}/{total / GIB:.0f}G"


class MeterStrip(Widget):
    """One line; sends nothing while it would read the same."""

    DEFAULT_CSS = "MeterStrip { height: 1; padding: 0 1; }"

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="strip")
        self._glyphs = glyphs
        self._state = StripState()
        self._shown = Content("")

    @property
    def state(self) -> StripState:
        """What it shows now."""
        return self._state

    def show(self, state: StripState) -> None:
        """Show another state."""
        self._state = state
        line = self._line()
        if not line.is_same(self._shown):
            self.refresh()

    def render(self) -> Content:
        """The line for the width there is."""
        self._shown = self._line()
        return self._shown

    def _line(self) -> Content:
        return strip_line(self._state, self._glyphs, self.content_size.width)
