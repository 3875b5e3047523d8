"""Whether one run is better than another: paired bootstrap over the products that both have described."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.stats import bootstrap

from evaluation.metrics import TextMetrics

RESAMPLES = 2000


class Difference(BaseModel):
    """Mean of a metric in this run minus the other's; `low` to `high` is the 95 % interval."""

    model_config = ConfigDict(frozen=True)

    metric: str
    other: float
    this: float
    difference: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def differences(this: Sequence[TextMetrics], other: Sequence[TextMetrics], seed: int) -> list[Difference]:
    """One difference per metric, over texts of the same products in the same order."""
    return [_difference(name, this, other, seed) for name in TextMetrics.model_fields]


def _difference(name: str, this: Sequence[TextMetrics], other: Sequence[TextMetrics], seed: int) -> Difference:
    own = np.array([float(getattr(row, name)) for row in this])
    others = np.array([float(getattr(row, name)) for row in other])
    change = own - others
    low = high = float(change.mean())
    if len(change) > 1 and change.std() > 0:
        found = bootstrap(
            (change,),
            np.mean,
            n_resamples=RESAMPLES,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
        low, high = float(found.low), float(found.high)
    return Difference(
        metric=name,
        other=float(others.mean()),
        this=float(own.mean()),
        difference=float(change.mean()),
        low=low,
        high=high,
    )
