"""The report of a run: a table for the terminal, and a page with plots and examples side by side."""

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib import pyplot
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table

from contracts.verdicts import Check
from copywriter.briefs import make_brief
from copywriter.product import Product
from evaluation.compare import Difference
from evaluation.run import Run, complete_fields, summary
from verify.checks import check_text

HTML = "report.html"
_EXAMPLES = 40
INK, _OTHER = "#1f4d3d", "#c9a45c"

LABELS = {
    "coverage": "attribute coverage",
    "required_facts": "required facts told",
    "in_band": "length as asked",
    "keywords_included": "all keywords",
    "keywords_listed_at_end": "keywords listed at the end",
    "invented_numbers": "invented number",
    "invented_units": "unit that the input does not give the figure",
    "invented_names": "invented name",
    "markup": "markup or unreadable",
    "placeholder": "placeholder",
    "refusal": "refusal",
    "faulty_sentences": "faulty sentence",
    "invented_claims": "invented claim",
    "misplaced_values": "value given to another attribute",
    "passes_every_check": "passes every check",
    "words": "words",
    "reading_ease": "Flesch reading ease",
    "distinct_1": "distinct-1",
    "distinct_2": "distinct-2",
    "self_bleu": "self-BLEU",
    "mean_jaccard_5": "mean 5-gram Jaccard",
    "near_duplicate_pairs": "near-duplicate pairs",
    "most_repeated_opening": "most repeated opening",
    "filler": "filler sentences",
    "shared_sentences": "sentences that another product has too",
    "sentences_by_heart": "sentences by heart",
    "grams_by_heart": "8-grams by heart",
    "complete": "complete, as the writer says",
    "attempts": "attempts",
    "tokens": "tokens",
    "tokens_per_word": "tokens per word served",
    "seconds": "seconds",
}
"""What each metric is called, in the order of the tables."""
_NEEDS_TRAINING_TEXT = ("sentences_by_heart", "grams_by_heart")


class Example(BaseModel):
    """One product with its texts; `faults` are the checks that the text served fails."""

    model_config = ConfigDict(frozen=True)

    attributes: str
    keywords: str | None
    text: str
    other: str | None
    faults: tuple[str, ...]
    fields: dict[str, str]


def table(run: Run, others: Sequence[Run] = ()) -> Table:
    """Served answers and first candidates of the run, beside the served answers of other runs."""
    result = Table(title=f"{run.name}: {len(run.cases)} products", title_justify="left")
    columns = _columns(run, others)
    for heading in ("metric", "served", "first candidate", *(other.name for other in others)):
        result.add_column(heading, justify="left" if heading == "metric" else "right")
    for name, label in LABELS.items():
        result.add_row(label, *(_figure(name, column) for column in columns))
    for name, share in complete_fields(run).items():
        result.add_row(f"{name.replace('_', ' ')} passes every check", f"{share:.3f}", "", *("" for _ in others))
    return result


def _figure(name: str, column: Mapping[str, float]) -> str:
    digits = {"words": 1, "reading_ease": 1, "tokens": 0, "near_duplicate_pairs": 0, "seconds": 2, "attempts": 2}
    if name not in column:
        return "not measured" if name in _NEEDS_TRAINING_TEXT else ""
    return f"{column[name]:.{digits.get(name, 3)}f}"


def write_report(run: Run, other: Run | None, compared: Sequence[Difference], folder: Path) -> Path:
    """Write the page into `folder`, one file without links to anything outside; returns its path."""
    runs = [run, *([other] if other else [])]
    return render(
        "report.html.j2",
        folder,
        run=run,
        other=other,
        labels=LABELS,
        figures=[{name: _figure(name, column) for name in LABELS} for column in _columns(run, runs[1:])],
        headings=["served", "first candidate", *([other.name] if other else [])],
        fields={name.replace("_", " "): f"{share:.3f}" for name, share in complete_fields(run).items()},
        compared=compared,
        plots=[_words_plot(runs), _coverage_plot(runs), _ease_plot(runs)],
        examples=_examples(run, other),
    )


def _columns(run: Run, others: Sequence[Run]) -> list[dict[str, float]]:
    own = summary(run)
    return [own["served"], own["first"], *(summary(other)["served"] for other in others)]


def _examples(run: Run, other: Run | None) -> list[Example]:
    """Every n-th product, unselected."""
    step = max(1, len(run.cases) // _EXAMPLES)
    chosen = range(0, len(run.cases), step)
    return [
        Example(
            attributes=run.cases[number].attributes,
            keywords=run.cases[number].keywords,
            text=run.answers[number].served,
            other=other.answers[number].served if other else None,
            faults=tuple(
                f"{check.name}: {check.message}"
                for check in _checks(run.answers[number].served, run.cases[number].product)
                if not check.passed
            ),
            fields={name.replace("_", " "): field.text for name, field in run.answers[number].fields.items()},
        )
        for number in chosen
    ]


def _checks(text: str, product: Product) -> tuple[Check, ...]:
    return check_text(make_brief("description", product), text, (text,), finished=True)


def _words_plot(runs: Sequence[Run]) -> str:
    figure, axes = pyplot.subplots(figsize=(6, 3))
    axes.hist([[row.words for row in run.served] for run in runs], bins=20, color=[INK, _OTHER][: len(runs)])
    axes.axvspan(80, 120, color=INK, alpha=0.08)
    axes.set(title="Words per description (the band is shaded)", ylabel="products")
    return svg(figure)


def _coverage_plot(runs: Sequence[Run]) -> str:
    figure, axes = pyplot.subplots(figsize=(6, 3))
    for run, colour in zip(runs, (INK, _OTHER), strict=False):
        axes.ecdf([row.coverage for row in run.served], color=colour, label=run.name)
        axes.ecdf([row.coverage for row in run.first], color=colour, linestyle="--", label=f"{run.name}, first")
    axes.set(title="Attribute coverage", ylabel="share of products at most", xlim=(0, 1.01))
    axes.legend(fontsize=7, loc="upper left")
    return svg(figure)


def _ease_plot(runs: Sequence[Run]) -> str:
    figure, axes = pyplot.subplots(figsize=(6, 3))
    axes.boxplot([[row.reading_ease for row in run.served] for run in runs], vert=False)
    axes.set_yticklabels([run.name for run in runs], fontsize=7)
    axes.set(title="Flesch reading ease (higher is easier)")
    return svg(figure)


def render(template: str, folder: Path, **values: object) -> Path:
    """Write the page of a template into `folder`, one file without links to anything outside; returns its path."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    file = folder / HTML
    file.write_text(templates.get_template(template).render(values))
    return file


def labelled(figures: BaseModel, labels: Mapping[str, str]) -> dict[str, str]:
    """Figures as they are read, by what they are called."""
    return {label: f"{getattr(figures, name):.3f}" for name, label in labels.items()}


def show_figures(title: str, figures: BaseModel, labels: Mapping[str, str]) -> None:
    """Print the figures as a table, a line each."""
    result = Table("metric", title=title, title_justify="left")
    result.add_column("figure", justify="right")
    for row in labelled(figures, labels).items():
        result.add_row(*row)
    Console().print(result)


def svg(figure: Figure) -> str:
    """The plot as an address that a page can show by itself."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight")
    pyplot.close(figure)
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()
