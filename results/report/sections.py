"""All pictures of the report, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from results.report.hyperparameter_pictures import all_dimensions, each_dimension, which_matter
from results.report.picture import Picture
from results.report.report_data import ReportData
from results.report.trial_pictures import best_of_k, curves, overfitting, rank_audit, survival


def pictures(report: ReportData) -> Iterator[Picture]:
    """All but the basin, in the order of the page: those without a figure come last."""
    rules: tuple[Callable[[ReportData], Iterator[Picture]], ...] = (
        curves,
        overfitting,
        which_matter,
        all_dimensions,
        each_dimension,
        survival,
        rank_audit,
        best_of_k,
    )
    found = [picture for rule in rules for picture in rule(report)]
    yield from sorted(found, key=lambda picture: picture.figure is None)
