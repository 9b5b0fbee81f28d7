"""A scikit-learn classifier whose weights live on an emulated chip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

from edgeferro.chip.chip import Chip
from edgeferro.controller import Controller
from edgeferro.energy.report import EnergyReport
from edgeferro.mapping.images import new_image, trained_image
from edgeferro.mapping.pretrain import pretrain as pretrain_float

if TYPE_CHECKING:
    from edgeferro.core.tally import Tally

__all__ = ["FerroClassifier"]

_SIGMAS = 4.0  # input range in standard deviations, as the watch task's normaliser


class FerroClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Online classifier on an emulated ferroelectric chip.

    Inputs are scaled by the mean and deviation of the first batch seen and cut to
    input codes; from there on everything happens in the chip's integers, one sample
    at a time.

    Args:
        chip: name of a shipped chip profile, path of a chip file, or a ``Chip``.
        hidden: sizes of the hidden layers; None takes the chip file's.
        passes: passes over the data in :meth:`fit`.
        pretrain_epochs: epochs of float training before the weights are programmed;
            0 programs random weights.
        seed: of the chip, the initial weights and the order of samples.

    Attributes:
        classes_: labels in the order of the chip's outputs.
        controller_: the chip.
        signature_: 16 hex digits that stand for chip and state.
        tally_: everything counted so far.
        energy_: energy report of the tally.
    """

    def __init__(
        self,
        chip: str | Chip = "ideal-symmetric",
        hidden: tuple[int, ...] | None = (32,),
        passes: int = 10,
        pretrain_epochs: int = 0,
        seed: int = 0,
    ) -> None:
        """Keep the parameters; nothing is checked or built before the first fit."""
        self.chip = chip
        self.hidden = hidden
        self.passes = passes
        self.pretrain_epochs = pretrain_epochs
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Self:
        """Bring up a fresh chip and learn ``passes`` passes, one sample at a time.

        Args:
            X: (n, features) finite numbers.
            y: (n,) labels.
        """
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self._bring_up(X, y, unique_labels(y))
        rng = np.random.default_rng(self.seed)
        codes = self._codes(X)
        labels = np.searchsorted(self.classes_, y)
        for _ in range(self.passes):
            order = rng.permutation(len(y))
            self.controller_.learn(codes[order], labels[order])
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Learn the samples once, in the order given: the online door.

        Args:
            X: (n, features) finite numbers.
            y: (n,) labels.
            classes: all labels there will ever be; needed in the first call unless
                ``y`` has them all.
        """
        first = not hasattr(self, "controller_")
        X, y = validate_data(self, X, y, reset=first)
        check_classification_targets(y)
        if first:
            known = unique_labels(y) if classes is None else np.unique(classes)
            self._bring_up(X, y, known)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            message = f"y: label {unknown[0]!r} is not among classes {self.classes_}"
            raise ValueError(message)
        labels = np.searchsorted(self.classes_, y)
        self.controller_.learn(self._codes(X), labels)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the label of each of (n, features) samples."""
        classes = self._controller(X).predict(self._codes(self._valid(X)))
        return np.asarray(self.classes_[classes])

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the output lines' signals in logits, (n, classes) or (n,) for two."""
        logits = self._logits(X)
        if len(self.classes_) == 2:
            return np.asarray(logits[:, 1] - logits[:, 0])
        return logits

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return softmax of the output codes, (n, classes)."""
        logits = self._logits(X)
        exponent = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exponent / exponent.sum(axis=1, keepdims=True))

    @property
    def signature_(self) -> str:
        """16 hex digits that stand for chip and state."""
        check_is_fitted(self, "controller_")
        return self.controller_.signature

    @property
    def tally_(self) -> Tally:
        """Everything the chip has counted."""
        check_is_fitted(self, "controller_")
        return self.controller_.tally

    @property
    def energy_(self) -> EnergyReport:
        """Energy of everything so far, from the chip file's prices."""
        return EnergyReport.of_chip(self.tally_, self._chip())

    def _chip(self) -> Chip:
        return self.chip if isinstance(self.chip, Chip) else Chip.load(self.chip)

    def _controller(self, X: Any) -> Controller:
        check_is_fitted(self, "controller_")
        return self.controller_

    def _valid(self, X: Any) -> np.ndarray:
        return np.asarray(validate_data(self, X, reset=False))

    def _logits(self, X: Any) -> np.ndarray:
        controller: Controller = self._controller(X)
        codes = controller.output_codes(self._codes(self._valid(X)))
        return np.asarray(codes * controller.image.scales[-1].code)

    def _codes(self, X: np.ndarray) -> np.ndarray:
        """Scale to input codes: +-4 deviations fill the code range."""
        scaled = (X - self.mean_) / self.deviation_ / _SIGMAS
        if not self.signed_:
            scaled = (scaled + 1.0) / 2.0
        low = -self.top_code_ if self.signed_ else 0
        codes = np.clip(np.rint(scaled * self.top_code_), low, self.top_code_)
        found: np.ndarray = codes.astype(np.int16)
        return found

    def _bring_up(self, X: np.ndarray, y: np.ndarray, classes: np.ndarray) -> None:
        chip = self._chip()
        if len(classes) < 2:
            message = f"y: one class only ({classes[0]!r}); at least 2 are needed"
            raise ValueError(message)
        self.classes_ = classes
        self.mean_ = X.mean(axis=0)
        deviation = X.std(axis=0)
        self.deviation_ = np.where(deviation > 0, deviation, 1.0)
        self.signed_ = chip.converters.input_signed
        self.top_code_ = (1 << (chip.converters.input_bits - int(self.signed_))) - 1
        hidden = chip.network.hidden if self.hidden is None else self.hidden
        codes = self._codes(X)
        values = codes / self.top_code_
        if self.pretrain_epochs:
            weights = pretrain_float(
                values,
                np.searchsorted(classes, y),
                hidden=tuple(hidden),
                classes=len(classes),
                epochs=self.pretrain_epochs,
                learning_rate=0.05,
                seed=self.seed,
                activation=chip.network.activation,
            )
            image = trained_image(chip, weights, values, self.seed)
        else:
            sizes = (X.shape[1], *hidden, len(classes))
            image = new_image(chip, sizes, values, self.seed)
        self.controller_ = Controller(image)
        self.controller_.program()

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the chip as its image and a snapshot."""
        state = dict(super().__getstate__())
        controller = state.pop("controller_", None)
        if controller is not None:
            state["_pickled_chip"] = (controller.image, controller.snapshot())
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Bring the chip up again and restore its state."""
        pickled = state.pop("_pickled_chip", None)
        super().__setstate__(state)
        if pickled is not None:
            self.controller_ = Controller(pickled[0])
            self.controller_.restore(pickled[1])
