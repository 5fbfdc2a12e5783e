"""What may stand below the charts beside the output: metrics, the machine, the alarms' rules.

Pure: values in, lines out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.loop.colours import metric_style
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.runs.gpu_panel import DeviceLine, GpuPanel
    from grd_core.runs.metric_lines import MetricLine
    from grd_core.runs.readers.taking_up import MetricFile
    from grd_core.runs.watching import WatchSnapshot
    from grd_screens.pages.loop.view import View

_GIB = 2**30
_BAR = 10


def metric_lines(
    metrics: Sequence[MetricLine],
    files: Sequence[MetricFile],
    view: View,
    glyphs: Glyphs,
    width: int,
) -> list[Content]:
    """Every metric with its last value and its extremes, the chosen and the pinned marked; then
    the files of other tools that were looked at."""
    lines = text("metrics  tab chooses  p pins  / narrows", MUTED).wrap(max(1, width))
    longest = max((len(printable(metric.name)) for metric in metrics), default=0)
    for metric in metrics:
        mark = glyphs.cursor if metric.name == view.metric else " "
        pin = glyphs.point if metric.name in view.pins else " "
        name = printable(metric.name).ljust(min(longest, width // 2))
        label = Content.assemble(
            (f"{mark}{pin} ", "bold $accent"), (name, f"bold {metric_style(metric.name)}")
        )
        parts = [text(f"last {metric.last_text if metric.last is None else f'{metric.last:.5g}'}")]
        if metric.low is not None:
            parts.append(text(f"min {metric.low:.5g}  max {metric.high:.5g}", MUTED))
        parts.append(text(f"n {metric.count:,}  step {metric.last_step:,}", MUTED))
        if metric.nonfinite:
            parts.append(text(f"{metric.nonfinite:,} not finite", STYLES["attention"]))
        lines += hanging(label, Parts(tuple(parts), "  "), label.cell_length + 2, width)
    return lines + file_lines(files, width)


def file_lines(files: Sequence[MetricFile], width: int) -> list[Content]:
    """The files of other tools, each with what comes from it or why it is not read."""
    from grd_core.runs.readers.telling import file_text, told_files

    lines: list[Content] = []
    for file in told_files(files):
        style = STYLES["attention"] if file.status == "damaged" else MUTED
        lines += hanging(Content(""), text(printable(file_text(file)), style), 2, width)
    return lines


def machine_lines(
    snapshot: WatchSnapshot, gpus: GpuPanel | None, glyphs: Glyphs, width: int
) -> list[Content]:
    """GPUs with their processes, then what the run's supervisor measured."""
    lines = [text("machine", MUTED)]
    if gpus is None:
        lines.append(text("measuring", MUTED))
    elif not gpus.devices:
        lines += text(f"no GPU: {printable(gpus.reason)}", MUTED).wrap(max(1, width))
    else:
        for device in gpus.devices:
            lines += _device_lines(device, glyphs, width)
    lines += _cost_lines(snapshot, width)
    peak = snapshot.peak_rss_bytes / _GIB
    if peak:
        said = f"memory of the run  {snapshot.rss_bytes / _GIB:.2f} GiB  peak {peak:.2f} GiB"
        lines += text(said).wrap(max(1, width))
    for metric in snapshot.meter:
        if metric.last is None or metric.low is None:
            continue
        said = f"{printable(metric.name)}  {metric.last:.4g}"
        span = f"  from {metric.low:.4g} to {metric.high:.4g}"
        lines += Content.assemble(said, (span, MUTED)).wrap(max(1, width))
    return lines


def _cost_lines(snapshot: WatchSnapshot, width: int) -> list[Content]:
    """The run's energy and what it costs, once it has a GPU or a price is set."""
    costs = snapshot.costs
    if costs is None or not costs.is_worth_a_line:
        return []
    parts = (text(printable(costs.energy)), text(printable(costs.money), MUTED))
    return hanging(
        text("energy", MUTED), Parts(tuple(part for part in parts if part.plain), "  "), 8, width
    )


def rule_lines(snapshot: WatchSnapshot, glyphs: Glyphs, width: int) -> list[Content]:
    """Each alarm with the rule that raised it; where there is none, what is looked for."""
    from grd_core.runs.alarms import RULES

    if not snapshot.alarms:
        lines = [text("no alarm. Looked for:", MUTED)]
        for kind, rule in RULES.items():
            lines += hanging(text(kind, "bold"), text(rule, MUTED), 14, width)
        return lines
    lines = [text("alarms and their rules", MUTED)]
    for alarm in snapshot.alarms:
        style = STYLES[alarm.standing]
        label = text(glyphs.standing[alarm.standing], style)
        lines += hanging(label, text(printable(alarm.text), style), 2, width)
        if alarm.rule:
            lines += hanging(Content(""), text(f"{alarm.kind}: {alarm.rule}", MUTED), 2, width)
    return lines


def _device_lines(device: DeviceLine, glyphs: Glyphs, width: int) -> list[Content]:
    given = "given to this run" if device.is_given else ""
    parts = [text(printable(device.name), "bold")]
    if device.utilisation_percent is not None:
        full = round(min(100.0, device.utilisation_percent) / 100 * _BAR)
        bar = Content.assemble(
            (glyphs.spent * full, "$accent"),
            (glyphs.free * (_BAR - full), MUTED),
            f" {device.utilisation_percent:.0f}%",
        )
        parts.append(bar)
    if device.memory_used_bytes is not None:
        total = device.memory_total_bytes
        of = "" if total is None else f"/{total / _GIB:.1f}"
        parts.append(text(f"memory {device.memory_used_bytes / _GIB:.1f}{of} GiB"))
    if device.power_w is not None:
        parts.append(text(f"{device.power_w:.0f} W"))
    if device.temperature_c is not None:
        parts.append(text(f"{device.temperature_c:.0f} C"))
    if given:
        parts.append(text(given, STYLES["now"]))
    if device.note:
        parts.append(text(printable(device.note), STYLES["stale"]))
    lines = hanging(text(f"gpu {device.index}", MUTED), Parts(tuple(parts), "  "), 6, width)
    if device.processes is not None:
        lines += _process_lines(device, glyphs, width)
    return lines


def _process_lines(device: DeviceLine, glyphs: Glyphs, width: int) -> list[Content]:
    if not device.processes:
        return hanging(Content(""), text("no process on it", MUTED), 6, width)
    parts = []
    for process in device.processes:
        held = "" if process.memory_bytes is None else f" {process.memory_bytes / _GIB:.1f} GiB"
        sign, word = (glyphs.standing["now"], "this run") if process.is_own else ("", "")
        style = STYLES["now"] if process.is_own else MUTED
        name = f" {printable(process.name)}" if process.name else ""
        said = (sign, f"pid {process.pid}{name}{held}", word)
        parts.append(text(" ".join(filter(None, said)), style))
    return hanging(Content(""), Parts(tuple(parts), "   "), 6, width)
