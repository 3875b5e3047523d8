"""The report of a run: a page with ratios first, and its plot."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from statistics import median, quantiles

import matplotlib as mpl
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from matplotlib.figure import Figure

from benchmarks.load import Sample, middle, rate, worst
from benchmarks.prompts import TOKENS
from benchmarks.results import Measured, Run
from benchmarks.ways import ENGINE_ALONE, FIRST_VERSION, SERVERS, STATIC_BATCHING, SUBMITTING

WAYS = (ENGINE_ALONE, *(way.name for way in SERVERS))
MANY = 16
LIGHT = 0.4
_FAST_ENGINE = 600
"""Tokens a second of the engine alone from which the higher goals hold."""
_MEGABYTE = 1e6
_NONE = "–"

Figures = list[float]
"""One figure a round."""


class Report:
    """What the page and the plot show of a run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.ways = [way for way in WAYS if run.of(way)]

    @property
    def goals(self) -> Iterator[tuple[str, str, str, str]]:
        """What is asked, the goal, what was seen, and whether that is `met` or `missed`."""
        fast = median(self.tokens_a_second(ENGINE_ALONE, MANY) or [0]) >= _FAST_ENGINE
        first, static = (25.0, 2.5) if fast else (10.0, 1.5)
        at_least, at_most = float.__ge__, float.__le__
        many = f"throughput, {MANY} at once, against "
        wholes = self.run.wholes
        added = [1000 * median(one.added_s) for one in wholes if one.added_s]
        memory = [one.rss / _MEGABYTE for one in wholes]
        yield _goal(many + "the engine alone", self.ratios(ENGINE_ALONE), 0.9, at_least, "×")
        yield _goal(many + "the first version's way", self.ratios(FIRST_VERSION.name), first, at_least, "×")
        yield _goal(many + "BentoML static batching", self.ratios(STATIC_BATCHING.name), static, at_least, "×")
        yield _goal("what the whole service adds to one text, median", added, 15.0, at_most, "ms")
        yield _goal("what HTTP adds to one text of the engine, median", self.added_by_http(), 15.0, at_most, "ms")
        light = f"arrivals at {LIGHT} of capacity: worst wait against the median alone"
        yield _goal(light, self.worst_under_light_load(), 1.5, at_most, "×")
        yield _goal("process start to ready, whole service", [one.started_s for one in wholes], 10.0, at_most, "s")
        yield _goal("memory (RSS) of all processes but the image runner", memory, 1200.0, at_most, "MB")

    @property
    def shared_memory(self) -> str:
        """The memory of all processes when what they share is counted once."""
        return _range([one.pss / _MEGABYTE for one in self.run.wholes], "MB")

    @property
    def sizes(self) -> list[int]:
        """All numbers of texts at once."""
        return sorted(set(chain.from_iterable(one.at_once for one in self.run.measured)))

    @property
    def loads(self) -> list[float]:
        """All shares of capacity."""
        return sorted(set(chain.from_iterable(one.arrivals for one in self.run.measured)))

    @property
    def failures(self) -> list[tuple[str, str]]:
        """Ways that broke off, and why."""
        return [(one.way, one.failed) for one in self.run.measured if one.failed]

    def tokens_a_second(self, way: str, at_once: int) -> Figures:
        """By round."""
        return [TOKENS * rate(samples) for samples in self._at_once(way, at_once)]

    def speed(self, way: str, at_once: int) -> str:
        """The median tokens a second, as text."""
        return _number(self.tokens_a_second(way, at_once))

    def alone(self, way: str) -> str:
        """The median wait for one text alone in seconds, as text."""
        return _number([middle(samples) for samples in self._at_once(way, 1)])

    def ratio(self, way: str) -> str:
        """How much more our text runner on OpenVINO writes than this way, as text."""
        return _number(self.ratios(way))

    def waits(self, way: str, load: float) -> str:
        """Median, 95th percentile and longest wait in seconds over all rounds, as text."""
        samples = list(chain.from_iterable(one.arrivals.get(load, []) for one in self.run.of(way)))
        if not samples:
            return _NONE
        high = quantiles([one.seconds for one in samples], n=20, method="inclusive")[-1]
        return " / ".join(_digits(seconds) for seconds in (middle(samples), high, worst(samples)))

    def ratios(self, way: str) -> Figures:
        """Texts a second of our text runner on OpenVINO against this way, many at once, by round."""
        pairs = zip(self._at_once(SUBMITTING.name, MANY), self._at_once(way, MANY), strict=False)
        return [rate(ours) / rate(theirs) for ours, theirs in pairs]

    def added_by_http(self) -> Figures:
        """Milliseconds by which a text alone takes longer from the text runner than from the engine, by round."""
        pairs = zip(self._at_once(SUBMITTING.name, 1), self._at_once(ENGINE_ALONE, 1), strict=False)
        return [1000 * (middle(ours) - middle(theirs)) for ours, theirs in pairs]

    def worst_under_light_load(self) -> Figures:
        """The longest wait against the median wait alone, by round."""
        rounds = [one for one in self.run.of(SUBMITTING.name) if LIGHT in one.arrivals and 1 in one.at_once]
        return [worst(one.arrivals[LIGHT]) / middle(one.at_once[1]) for one in rounds]

    def _at_once(self, way: str, at_once: int) -> list[list[Sample]]:
        return [one.at_once[at_once] for one in self.run.of(way) if at_once in one.at_once]


def write_report(run: Run, folder: Path) -> Path:
    """Write speed.md and speed.svg into the folder; returns the page."""
    report = Report(run)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = folder / "speed.md"
    page.write_text(templates.get_template("speed.md.j2").render(report=report, run=run, tokens=TOKENS, many=MANY))
    _plot(report).savefig(folder / "speed.svg", metadata={"Date": None})
    return page


def _plot(report: Report) -> Figure:
    """Tokens a second by texts at once, and waits by load."""
    mpl.rcParams["svg.hashsalt"] = "speed"
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    growth, waits = figure.subplots(1, 2)
    for way in report.ways:
        speeds = [(size, median(found)) for size in report.sizes if (found := report.tokens_a_second(way, size))]
        growth.plot(*zip(*speeds, strict=True), marker="o", label=way)
        seen = [(load, _median_wait(report.run.of(way), load)) for load in report.loads]
        known = [(load, wait) for load, wait in seen if wait is not None]
        if known:
            waits.plot(*zip(*known, strict=True), marker="o", label=way)
    growth.set_xscale("log", base=2)
    growth.set(xlabel="texts at once", ylabel="tokens a second", yscale="log")
    waits.set(xlabel="arrivals, share of the way's own capacity", ylabel="median wait in seconds", yscale="log")
    growth.legend()
    for axes in (growth, waits):
        axes.grid(alpha=0.3)
    return figure


def _median_wait(rounds: Sequence[Measured], load: float) -> float | None:
    samples = list(chain.from_iterable(one.arrivals.get(load, []) for one in rounds))
    return middle(samples) if samples else None


def _goal(
    what: str, seen: Figures, goal: float, holds: Callable[[float, float], bool], unit: str
) -> tuple[str, str, str, str]:
    sign = "≥" if holds is float.__ge__ else "≤"
    met = ("met" if holds(median(seen), goal) else "**missed**") if seen else "not measured"
    return what, f"{sign} {goal:g} {unit}", _range(seen, unit), met


def _range(figures: Figures, unit: str) -> str:
    """The median, and from where to where the rounds went."""
    if not figures:
        return _NONE
    between = f" ({_digits(min(figures))} to {_digits(max(figures))})" if len(figures) > 1 else ""
    return f"{_digits(median(figures))} {unit}{between}"


def _number(figures: Figures) -> str:
    return _digits(median(figures)) if figures else _NONE


def _digits(figure: float) -> str:
    """Three digits, or all before the point."""
    return f"{figure:.3g}" if abs(figure) < 1000 else f"{figure:.0f}"
