"""What the files of an explanation by LIME hold: a table of its segments, the facts of its fit, all arrays."""

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from masking.attribution.lime_explanation import LimeExplanation

ARRAYS = ("coefficients", "interval", "z", "weights", "probabilities", "logits", "segments")


def segment_rows(explanation: "LimeExplanation") -> list[dict[str, Any]]:
    """Return one flat record per segment that may have a coefficient, the highest first."""
    pixels = torch.bincount(explanation.segments.flatten(), minlength=len(explanation.coefficients))
    kept = set(explanation.kept.tolist())
    ranked = [segment for segment in explanation.order.tolist() if segment in kept]
    return [
        {
            "segment": segment,
            "rank": rank,
            "coefficient": float(explanation.coefficients[segment]),
            "low": float(explanation.interval[segment, 0]),
            "high": float(explanation.interval[segment, 1]),
            "pixels": int(pixels[segment]),
        }
        for rank, segment in enumerate(ranked, start=1)
    ]


def fit_facts(explanation: "LimeExplanation") -> dict[str, Any]:
    """Return the explained class and the quality of the fit, in one flat record."""
    facts = {
        "method": explanation.method,
        "target": explanation.target,
        "category": explanation.category,
        "probability": float(explanation.probabilities[0]),
        "intercept": explanation.intercept,
        "r2": explanation.r2,
        "r2_held_out": explanation.r2_held_out,
        "segments": len(explanation.coefficients),
        "samples": len(explanation),
        "certain_segments": explanation.certain,
    }
    if explanation.designs is not None:
        facts["complete_designs"] = explanation.designs
    if explanation.most:
        facts["most_segments"] = explanation.most
    return facts


def to_npz(explanation: "LimeExplanation") -> bytes:
    """Return everything as arrays; facts and manifest are JSON text."""
    arrays: dict[str, Any] = {name: getattr(explanation, name).numpy() for name in ARRAYS}
    texts = {"facts": explanation.facts, "manifest": dict(explanation.manifest)}
    arrays |= {name: np.array(json.dumps(text)) for name, text in texts.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
