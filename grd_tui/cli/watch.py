"""`grd watch`: a run as the cockpit's watch shows it, without a screen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from grd_tui.cli.note import print_notes
from grd_tui.cli.output import (
    current_study,
    duration,
    json_option,
    note,
    print_json,
    say,
    to_json,
)

if TYPE_CHECKING:
    from grd_core.runs.metric_lines import MetricLine
    from grd_core.runs.output import Level
    from grd_core.runs.output_summary import Entry
    from grd_core.runs.overlay import Band
    from grd_core.runs.watched import WatchedRun
    from grd_core.runs.watching import WatchSnapshot
    from grd_core.study import Study

_POLL_S = 1.0
_ENTRIES = 12
_SPARKS = "▁▂▃▄▅▆▇█"
_SIGNS = {"blocked": "✖", "attention": "!"}


@click.command()
@click.argument("run_reference", metavar="RUN")
@click.option("--once", is_flag=True, help="Print its state now and return.")
@click.option("--metric", "words", default="", metavar="WORDS", help="Metrics that hold these.")
@click.option("--find", default="", metavar="WORDS", help="Output lines that hold these.")
@click.option(
    "--level",
    type=click.Choice(["info", "warning", "error"]),
    default=None,
    help="Output lines at least as grave.",
)
@json_option
def watch(
    run_reference: str, once: bool, words: str, find: str, level: Level | None, as_json: bool
) -> int:
    """Follow RUN: alarms with their rules, notes, metrics, seeds, machine, budget, output.

    Lines of its state go to stderr while it goes on; when it has ended (with --once: now)
    everything is printed. Steps in the output are folded into one line an epoch.
    """
    from grd_core.runs.ingest import ingest
    from grd_core.runs.records import find_run

    study = current_study()
    found = find_run(study, run_reference)
    code = 0
    if once:
        ingest(study)
    else:
        code = _until_ended(study, found.id)
    _report(study, found.id, words=words, find=find, level=level or "", as_json=as_json)
    return code


def follow(study: Study, run_id: int, as_json: bool) -> int:
    """Report on a run until it has ended, then print everything; its exit code."""
    code = _until_ended(study, run_id)
    _report(study, run_id, words="", find="", level="", as_json=as_json)
    return code


def _until_ended(study: Study, run_id: int) -> int:
    """Ingest, and say on stderr what changes: the state, and each alarm and file once."""
    from grd_core.runs.ingest import ingest
    from grd_core.runs.readers.telling import file_text
    from grd_core.runs.watching import watch_snapshot

    last, raised, told = "", set[str](), set[str]()
    while True:
        ingest(study)
        snapshot = watch_snapshot(study, str(run_id))
        line = _line(snapshot)
        if line != last:
            note(line)
            last = line
        for alarm in snapshot.alarms:
            if alarm.kind not in raised:
                raised.add(alarm.kind)
                note(f"run {run_id} {_SIGNS[alarm.standing]} {alarm.text}")
        for file in snapshot.files:
            if (file.names or file.status != "reading") and file.path not in told:
                told.add(file.path)
                note(f"run {run_id}: {file_text(file)}")
        if snapshot.run.state != "started":
            break
        time.sleep(_POLL_S)
    if snapshot.run.state == "done":
        return 0
    code = snapshot.run.exit_code or 0
    return code if 0 < code < 256 else 6


def _line(snapshot: WatchSnapshot) -> str:
    """What changes while a run goes on, on one line."""
    metrics = "  ".join(f"{m.name} {m.last_text}" for m in snapshot.metrics)
    return f"run {snapshot.run.id} {snapshot.run.state} {_progress(snapshot)}  {metrics}".rstrip()


def _progress(snapshot: WatchSnapshot) -> str:
    """How far it is and when it will be through, as far as that is known."""
    eta = "" if snapshot.eta_s is None else f"  eta {duration(snapshot.eta_s)}"
    return f"{snapshot.progress_text}{eta}"


def _report(
    study: Study, run_id: int, *, words: str, find: str, level: Level, as_json: bool
) -> None:
    from grd_core.runs.output import kept
    from grd_core.runs.output_summary import folded
    from grd_core.runs.watched import watched_run

    watched = watched_run(study, run_id, words=words)
    lines = kept(watched.output, least=level, words=find)
    entries = lines if find else folded(lines)
    if as_json:
        print_json(_as_json(watched, entries))
        return
    _print_state(watched.snapshot)
    _print_metrics(watched)
    _print_machine(watched)
    for entry in entries[-_ENTRIES:]:
        say(f"  | {_entry_text(entry)}")


def _as_json(watched: WatchedRun, entries: tuple[Entry, ...]) -> dict[str, Any]:
    """The snapshot's own fields, and beside them what was made of it."""
    content: dict[str, Any] = to_json(watched.snapshot)
    return content | {
        "metrics": to_json(watched.metrics),
        "curves": to_json(watched.curves),
        "seeds": to_json(watched.seeds),
        "machine": to_json(watched.machine),
        "output": to_json(entries),
    }


def _print_state(snapshot: WatchSnapshot) -> None:
    run = snapshot.run
    age = f"  heard of {run.age_s:.0f} s ago" if run.age_s is not None else ""
    say(f"run {run.id} {run.name}  {run.state.replace('_', ' ')} ({snapshot.liveness}){age}")
    if run.detail:
        say(f"  {run.detail}")
    say(f"  command  {' '.join(snapshot.command)}   seed {run.seed}")
    for alarm in snapshot.alarms:
        say(f"  {_SIGNS[alarm.standing]} {alarm.text}")
        say(f"      {alarm.kind}: {alarm.rule}")
    if snapshot.lost:
        say(f"  ! {snapshot.lost} lines lost by the script")
    if snapshot.progress_text:
        source = f"  ({snapshot.of_source})" if snapshot.of_source else ""
        say(f"  progress  {_progress(snapshot)}{source}")
    if snapshot.notes:
        say(f"  notes  {len(snapshot.notes)}")
        print_notes(snapshot.notes, indent="    ")


def _print_metrics(watched: WatchedRun) -> None:
    longest = max((len(metric.name) for metric in watched.metrics), default=0)
    for metric in watched.metrics:
        say(f"  {metric.name.ljust(longest)}  {_spark(watched, metric)}  {_value(metric)}")
        if (band := watched.seeds.get(metric.name)) is not None:
            say(f"  {'':{longest}}  {_seeds_text(band)}")
    for said in _files(watched.snapshot):
        say(f"  {said}")
    for lease in watched.snapshot.leases:
        limit = "" if lease.lease is None else f" of {lease.lease:.4g}"
        say(f"  {lease.unit.replace('_', ' ')}  {lease.spent:.4g}{limit}")
    costs = watched.snapshot.costs
    if costs is not None and costs.is_worth_a_line:
        say(f"  energy  {costs.energy}{f'   {costs.money}' if costs.money else ''}")


def _files(snapshot: WatchSnapshot) -> list[str]:
    """The files beside the journal, each with what comes from it or why it is not read."""
    from grd_core.runs.readers.telling import file_text, told_files

    return [file_text(file) for file in told_files(snapshot.files)]


def _value(metric: MetricLine) -> str:
    span = "" if metric.low is None else f"  from {metric.low:.4g} to {metric.high:.4g}"
    lost = f"  {metric.nonfinite} not finite" if metric.nonfinite else ""
    return f"{metric.last_text} at step {metric.last_step}{span}{lost}"


def _seeds_text(band: Band) -> str:
    last = next((piece for piece in reversed(band.pieces) if piece.runs), None)
    if last is None or last.low is None or last.median is None:
        return f"{len(band.runs)} seeds"
    return (
        f"{len(band.runs)} seeds, at the last step median {last.median:.4g}"
        f" in [{last.low:.4g}, {last.high:.4g}] of {last.runs}"
    )


def _spark(watched: WatchedRun, metric: MetricLine) -> str:
    """The last value of each piece between the lowest and the highest; x where none is finite."""
    curve = watched.curves.get(metric.name)
    if curve is None or curve.lowest is None or curve.highest is None:
        return ""
    low, span = curve.lowest.value, curve.highest.value - curve.lowest.value
    signs = []
    for bucket in curve.buckets:
        if bucket.last is None or not bucket.count:
            # Fewer values than pieces stand beside each other.
            gap = " " if metric.count >= len(curve.buckets) else ""
            signs.append("x" if bucket.nonfinite else gap)
            continue
        share = (bucket.last - low) / span if span > 0 else 0.0
        signs.append(_SPARKS[min(len(_SPARKS) - 1, max(0, int(share * len(_SPARKS))))])
    return "".join(signs)


def _print_machine(watched: WatchedRun) -> None:
    snapshot = watched.snapshot
    peak = snapshot.peak_rss_bytes / 2**20
    measured = (
        f"no GPU: {watched.machine.reason}"
        if not watched.machine.devices
        else f"{len(watched.machine.devices)} GPU"
    )
    say(f"  peak memory  {peak:,.0f} MiB   {measured}")
    for device in watched.machine.devices:
        parts = [f"gpu {device.index} {device.name}"]
        for number, unit in (
            (device.utilisation_percent, "%"),
            (device.power_w, " W"),
            (device.temperature_c, " C"),
        ):
            if number is not None:
                parts.append(f"{number:.0f}{unit}")
        if device.memory_used_bytes is not None:
            total = device.memory_total_bytes
            of = "" if total is None else f"/{total / 2**30:.1f}"
            parts.append(f"memory {device.memory_used_bytes / 2**30:.1f}{of} GiB")
        parts += ["given to this run"] if device.is_given else []
        parts += [device.note] if device.note else []
        say(f"  {'  '.join(parts)}")
        for process in device.processes or ():
            held = (
                "" if process.memory_bytes is None else f" {process.memory_bytes / 2**30:.1f} GiB"
            )
            name = f" {process.name}" if process.name else ""
            say(f"    pid {process.pid}{name}{held}{'  this run' if process.is_own else ''}")


def _entry_text(entry: Entry) -> str:
    from grd_core.runs.output import OutputLine

    if isinstance(entry, OutputLine):
        return entry.text
    where = [] if entry.epoch is None else [f"epoch {entry.epoch}"]
    if entry.first_step is not None:
        where.append(f"steps {entry.first_step}-{entry.last_step}")
    parts = [*where, f"n {entry.lines}"]
    for value in entry.values:
        if value.mean is None:
            parts.append(f"{value.name} never finite")
            continue
        lost = f" ({value.nonfinite} not finite)" if value.nonfinite else ""
        parts.append(
            f"{value.name} mean {value.mean:.4g} min {value.low:.4g} max {value.high:.4g}"
            f" last {value.last:.4g}{lost}"
        )
    return "  ".join(parts)
