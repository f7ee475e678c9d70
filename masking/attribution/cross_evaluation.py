"""Explanations made under some methods and judged by hiding segments under others.

The method that made an explanation may favour it as its judge. The matrix shows how much a verdict depends on the
judging method, the referee: an explanation that is really better is better in every column.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from masking.attribution.ablation import STEPS, AblationVerdict, judge
from masking.attribution.lime_explanation import LimeExplanation
from masking.inference.predict import choose_methods
from masking.measures.agreement import rank_correlation
from masking.methods import Method
from masking.models.classifier import Classifier
from masking.results.tables import to_csv


@dataclass(frozen=True, eq=False)
class CrossEvaluation:
    """Explanations made under some methods and judged by hiding segments under others.

    Attributes:
        verdicts: verdicts by the names of explanation and referee.
    """

    verdicts: Mapping[tuple[str, str], AblationVerdict]

    @property
    def explained(self) -> list[str]:
        """Names of the explanations."""
        return list(dict.fromkeys(explained for explained, _ in self.verdicts))

    @property
    def referees(self) -> list[str]:
        """Names of the methods that hid the segments."""
        return list(dict.fromkeys(referee for _, referee in self.verdicts))

    def matrix(self, name: str = "separation") -> Tensor:
        """Return `deletion`, `insertion` or `separation` as float64 (explanations, referees)."""
        rows = [[getattr(self.verdicts[e, r], name) for r in self.referees] for e in self.explained]
        return torch.tensor(rows, dtype=torch.double)

    @property
    def agreement(self) -> Tensor:
        """How similarly two referees rank the explanations (Spearman's ρ), float64 (referees, referees)."""
        columns = self.matrix().T
        rows = [[rank_correlation(first, second) for second in columns] for first in columns]
        return torch.tensor(rows, dtype=torch.double)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One flat record per explanation and referee."""
        names = ("deletion", "insertion", "separation")
        return [
            {"explained_under": e, "ablated_under": r, **{name: getattr(verdict, name) for name in names}}
            for (e, r), verdict in self.verdicts.items()
        ]

    def to_csv(self) -> str:
        """Return the rows as a CSV table."""
        return to_csv(self.rows)

    def to_json(self) -> str:
        """Return the rows with their curves as JSON text."""
        facts: list[dict[str, Any]] = []
        for row, verdict in zip(self.rows, self.verdicts.values(), strict=True):
            curves = {"most_salient_first": verdict.most_first, "least_salient_first": verdict.least_first}
            facts.append(
                row
                | {
                    name: {"hidden_share": curve.hidden.tolist(), "probability": curve.probability.tolist()}
                    for name, curve in curves.items()
                }
            )
        return json.dumps(facts, indent=1)


def cross_evaluate(
    classifier: Classifier,
    explanations: Mapping[str, LimeExplanation],
    referees: Sequence[str] | Mapping[str, Method],
    steps: int | None = STEPS,
    batch: int | None = None,
    on_verdict: Callable[[int, int], None] | None = None,
) -> CrossEvaluation:
    """Judge every explanation under every method.

    Args:
        classifier: it is left unchanged.
        explanations: explanations of one image and one class, by name, usually that of the method that made them.
        referees: names of masking methods, or instances by name.
        steps: points of each curve.
        batch: masks per forward pass; default as many as the free memory allows.
        on_verdict: called with the number of verdicts done and the total; may raise to cancel.

    Raises:
        ValueError: explanations of different images or classes.
        KeyError: an unknown method.
    """
    methods = choose_methods(referees)
    about = {(explanation.manifest["image"], explanation.target) for explanation in explanations.values()}
    if len(about) != 1:
        raise ValueError("the explanations differ in image or class; compare those of one image and one class")
    verdicts: dict[tuple[str, str], AblationVerdict] = {}
    for name, explanation in explanations.items():
        for referee, method in methods.items():
            verdicts[name, referee] = judge(classifier, explanation, method, steps, batch)
            if on_verdict:
                on_verdict(len(verdicts), len(explanations) * len(methods))
    return CrossEvaluation(verdicts)
