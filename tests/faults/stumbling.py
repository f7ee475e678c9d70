"""A plugin: an experiment that asks the classifier and fails where files in a folder say so.

`kill-3`: the process that computes image 3 dies of SIGKILL, once. `hold-3`: image 3 waits until the file is gone.
`memory`: the file's number of images fits into memory.
"""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from masking.benchmarks.protocol.aggregate import CLASS_ENTROPY
from masking.benchmarks.protocol.batch_answers import answer_batch
from masking.benchmarks.protocol.experiment import BENCHMARKS, Curve, Experiment, Key, Outcome
from masking.measures import predictive_entropy
from masking.registry.params import param


@BENCHMARKS.register("stumbling")
@dataclass(frozen=True)
class Stumbling(Experiment):
    control: str = param("", "the folder that says what goes wrong")
    pause: float = param(0.0, "for each block", low=0, high=10, unit="s")
    draws: tuple[int, ...] = param((0, 1, 2), "random numbers of each image", low=0)

    title = "Stumbling"
    meaning = "What the classifier says, and numbers that only an image's seed decides."
    source = "tests"
    keys = (Key("draw", "Draw", "which random number"),)
    outcomes = (
        Outcome("chance", "Chance", "0 … 1", None, "Random numbers.", ("chance",)),
        Outcome("entropy", "Entropy", "bits", None, "How undecided answers are.", ("entropy",)),
        Outcome("named", "Named", "bits", None, "How varied answers are.", ("predicted",), CLASS_ENTROPY),
    )
    curves = (Curve("draw", ("chance",), "draw"),)

    def rows(self, classifier, block, report_forward_passes):
        control = Path(self.control)
        for index in block.indices:
            if (control / f"kill-{index}").exists():
                (control / f"kill-{index}").unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            while (control / f"hold-{index}").exists():
                time.sleep(0.02)
        time.sleep(self.pause)
        memory = control / "memory"
        most = int(memory.read_text()) if memory.exists() else len(block)

        def answer(images):
            if len(images) > most:
                raise torch.OutOfMemoryError(f"{len(images)} images do not fit")
            return classifier(images)

        answer.device = classifier.device
        logits = answer_batch(answer, block, report_forward_passes)
        predicted, entropy = logits.argmax(1).tolist(), predictive_entropy(logits).tolist()
        return [
            {
                "image": index,
                "draw": draw,
                "chance": float(np.random.default_rng([seed, draw]).random()),
                "predicted": predicted[position],
                "entropy": entropy[position],
            }
            for position, (index, seed) in enumerate(zip(block.indices, block.seeds, strict=True))
            for draw in self.draws
        ]
