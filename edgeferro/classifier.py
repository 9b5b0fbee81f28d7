"""A scikit-learn classifier whose weights live on an emulated chip."""

# ruff: noqa: E402 - what is missing is said before scikit-learn is imported
from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn, Self

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.chip.nested import ChipParameters, loaded, refuse_deaf
from edgeferro.controller import Controller
from edgeferro.energy.report import EnergyReport
from edgeferro.errors import ChipWarning, DataError
from edgeferro.files.packages import need
from edgeferro.mapping.convergence import divergence
from edgeferro.mapping.images import new_image, trained_image
from edgeferro.mapping.input_range import SIGMAS, given_range, learned_range
from edgeferro.mapping.pretrained import pretrained
from edgeferro.mapping.read_quality import ReadQuality, read_quality
from edgeferro.mapping.remarks import Remark, run_remarks

need("sklearn", "FerroClassifier")  # the class stands on scikit-learn's

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

if TYPE_CHECKING:
    from edgeferro.core.tally import Tally
    from edgeferro.mapping.configuration import LayerRegisters

__all__ = ["FerroClassifier"]

_MOST_LAYERS: Final = 15  # hidden ones; the chip has 16
_MOST_LINES: Final = 4096  # of one array
_LATE_LEAST: Final = 50  # samples that tell whether a pass has learned


def _refuse(text: str) -> NoReturn:
    raise DataError(text)


def _refuse_strangers(y: np.ndarray, classes: np.ndarray) -> None:
    """Refuse a label that is no class."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        message = f"y: label {unknown.tolist()[0]!r} is not among classes {classes}"
        raise DataError(message)


def _refuse_others(given: np.ndarray, classes: np.ndarray) -> None:
    """Refuse classes of a later call that are not those of the first."""
    if not np.array_equal(given, classes):
        message = f"classes: {given} is not {classes}, as in the first call"
        raise DataError(message)


class FerroClassifier(
    ChipParameters,
    ClassifierMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Online classifier on an emulated ferroelectric chip.

    Inputs are scaled by their range and cut to input codes; from there on everything
    happens in the chip's integers, one sample at a time.

    Args:
        chip: name of a shipped chip profile, path of a chip file, or a ``Chip``.
        hidden: sizes of the hidden layers, up to 15; None takes the chip file's.
        passes: passes over the data in :meth:`fit`, 0..10000.
        pretrain_epochs: epochs of float training before the weights are programmed,
            0..10000; 0 programs random weights.
        feature_range: (low, high) that fill the input codes, each a number or one for
            each feature; what is outside is cut. None learns mean +-4 deviations from
            the first call, which then needs ten samples or more in
            :meth:`partial_fit`.
        learning_rate: of the float network that the chip stands for, 1e-6..100; None
            takes the chip file's, or where it gives none that of its rule.
        random_state: seed of the chip, the initial weights and the order of samples,
            0..2^32-1; of a RandomState, or None for numpy's own, one is drawn.
        seed: old name of ``random_state``.

    Settings of the chip are parameters too, ``chip__converters__adc_bits``, for
    ``set_params`` and grid searches.

    Attributes:
        classes_: labels in the order of the chip's outputs.
        seed_: what ``random_state`` came to.
        controller_: the chip.
        signature_: 16 hex digits that stand for chip and state.
        tally_: everything counted so far.
        energy_: energy report of the tally.
        reads_: what the charge of a read allows, layer by layer: electrons, noise and
            effective bits.
        remarks_: what the run would say unasked; new ones are warnings too
            (:class:`edgeferro.errors.ChipWarning`).
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "chip": [str, Chip],
        "hidden": [tuple, list, np.ndarray, None],
        "passes": [Interval(Integral, 0, 10_000, closed="both")],
        "pretrain_epochs": [Interval(Integral, 0, 10_000, closed="both")],
        "feature_range": ["array-like", None],
        "learning_rate": [Interval(Real, 1e-6, 100.0, closed="both"), None],
        "random_state": ["random_state"],
        "seed": [Interval(Integral, 0, None, closed="left"), None],
    }

    def __init__(
        self,
        chip: str | Chip = "ideal-symmetric",
        hidden: tuple[int, ...] | None = (32,),
        passes: int = 10,
        pretrain_epochs: int = 0,
        *,
        feature_range: Any = None,
        learning_rate: float | None = None,
        random_state: int | np.random.RandomState | None = 0,
        seed: int | None = None,
    ) -> None:
        """Keep the parameters; nothing is checked or built before the first fit."""
        self.chip = chip
        self.hidden = hidden
        self.passes = passes
        self.pretrain_epochs = pretrain_epochs
        self.feature_range = feature_range
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.seed = seed

    def fit(self, X: Any, y: Any, **unknown: Any) -> Self:
        """Bring up a fresh chip and learn ``passes`` passes, one sample at a time.

        Args:
            X: (n, features) finite numbers.
            y: (n,) labels.
            unknown: nothing; ``sample_weight`` is refused by name.
        """
        self._check(unknown)
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self._bring_up(X, y, unique_labels(y), whole=True)
        rng = np.random.default_rng(self.seed_)
        codes = self._codes(X)
        labels = np.searchsorted(self.classes_, y)
        for _ in range(self.passes):
            order = rng.permutation(len(y))
            told = self.controller_.learn(codes[order], labels[order])
        if self.passes:
            self._warn_of_nothing_learned(told, labels[order])
        self._warn_of_remarks()
        return self

    def _warn_of_nothing_learned(self, told: np.ndarray, labels: np.ndarray) -> None:
        """Warn where one label for all would have been as good, late in the last pass.

        Taken from what the chip said while it learned: another look at the samples
        would be counted, and move its noise.
        """
        late = slice(len(labels) // 2, None)
        right = float((told[late] == labels[late]).mean())
        common = np.bincount(labels[late]).max() / len(labels[late])
        if len(labels[late]) < _LATE_LEAST:
            return
        cells = sum(matrix.size for matrix in self.controller_.image.targets)
        chip = self._chip()
        signs = divergence(chip, self.tally_, cells, self.remarks_)
        if right <= common:
            rate = chip.controller.learning_rate
            text = (
                f"fit: at the end {right:.1%} of the samples were named right, no more "
                f"than one label for all gives ({common:.1%}); the chip's "
                f"controller.learning_rate is {rate:g}, "
                f"{'a smaller one' if signs else 'another'} may learn"
            )
            text = "; ".join([text, *signs])
            warnings.warn(text, ConvergenceWarning, stacklevel=3)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, **unknown: Any) -> Self:
        """Learn the samples once, in the order given: the online door.

        Args:
            X: (n, features) finite numbers.
            y: (n,) labels.
            classes: all labels there will ever be; needed in the first call unless
                ``y`` has them all, and the same in any later one.
            unknown: nothing; ``sample_weight`` is refused by name.
        """
        self._check(unknown)
        first = not hasattr(self, "controller_")
        X, y = validate_data(self, X, y, reset=first)
        check_classification_targets(y)
        if first:
            known = unique_labels(y if classes is None else classes)
            _refuse_strangers(y, known)
            if classes is None and len(known) == 1:
                only = known.item(0)
                _refuse(
                    f"classes: not given, and y has {only!r} only; name all of them"
                )
            self._bring_up(X, y, known, whole=False)
        elif classes is not None:
            _refuse_others(unique_labels(classes), self.classes_)
        _refuse_strangers(y, self.classes_)
        labels = np.searchsorted(self.classes_, y)
        self.controller_.learn(self._codes(X), labels)
        if self.tally_.updates >= _LATE_LEAST:  # fewer samples say little
            self._warn_of_remarks()
        return self

    def _warn_of_remarks(self) -> None:
        """Warn of each kind of remark once in a chip's life."""
        for remark in self.remarks_:
            if remark.kind not in self._told:
                self._told.add(remark.kind)
                warnings.warn(remark.text, ChipWarning, stacklevel=3)

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
        return EnergyReport.of_chip(
            self.tally_, self._chip(), self.controller_.image.sizes
        )

    @property
    def reads_(self) -> list[ReadQuality]:
        """What the charge of a forward read allows, layer by layer."""
        chip, layers = self._chip(), self._layers()
        gains = [(layer.gain_mantissa, layer.gain_shift) for layer in layers]
        rows = [layer.rows for layer in layers]
        return read_quality(chip, chip.load_device(), self.tally_, rows, gains)

    @property
    def remarks_(self) -> list[Remark]:
        """What the run would say unasked."""
        return run_remarks(
            self._chip(),
            self.tally_,
            [layer.rows for layer in self._layers()],
            self.controller_.site_report(),
            self.reads_,
            trained=self.pretrain_epochs > 0,
        )

    def _layers(self) -> tuple[LayerRegisters, ...]:
        check_is_fitted(self, "controller_")
        return self.controller_.image.registers.layers

    def _check(self, unknown: dict[str, Any]) -> None:
        """Refuse parameters and arguments before anything is changed."""
        if "sample_weight" in unknown:
            message = (
                "sample_weight: the chip learns each sample alike; give a sample more "
                "than once, or not at all"
            )
            raise DataError(message)
        if unknown:
            message = f"{next(iter(unknown))}: no such argument; there are X and y"
            raise TypeError(message)
        self._validate_params()
        if self.seed is not None:
            if self.random_state != 0:
                message = "seed: is random_state's old name; give one of them"
                raise DataError(message)
            text = "seed: is called random_state now; the old name goes with 0.2"
            warnings.warn(text, FutureWarning, stacklevel=3)
        sizes = () if self.hidden is None else tuple(self.hidden)
        if len(sizes) > _MOST_LAYERS:
            _refuse(f"hidden: {len(sizes)} layers, allowed at most {_MOST_LAYERS}")
        for size in sizes:
            whole = isinstance(size, Integral) and not isinstance(size, bool)
            if not (whole and 1 <= int(size) <= _MOST_LINES):
                _refuse(f"hidden: {size!r} is not a whole number in 1..{_MOST_LINES}")

    def _draw_seed(self) -> int:
        """Seed that stands for ``random_state``: itself, or one drawn from it."""
        state = self.random_state if self.seed is None else self.seed
        if isinstance(state, Integral):
            return int(state)
        return int(check_random_state(state).randint(0, 2**32, dtype=np.uint32))

    def _chip(self) -> Chip:
        """Return the chip with this network, whose codes say what a read takes."""
        chip, changes = loaded(self.chip), dict[str, Any]()
        refuse_deaf(chip)
        if self.learning_rate is not None:
            changes["controller.learning_rate"] = float(self.learning_rate)
        if self.hidden is not None and tuple(self.hidden) != chip.network.hidden:
            changes["network.hidden"] = tuple(int(size) for size in self.hidden)
        return chip.with_(**changes) if changes else chip

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
        scaled = (X - self.mean_) / self.deviation_ / SIGMAS
        if not self.signed_:
            scaled = (scaled + 1.0) / 2.0
        low = -self.top_code_ if self.signed_ else 0
        codes = np.clip(np.rint(scaled * self.top_code_), low, self.top_code_)
        found: np.ndarray = codes.astype(np.int16)
        return found

    def _bring_up(
        self, X: np.ndarray, y: np.ndarray, classes: np.ndarray, *, whole: bool
    ) -> None:
        chip = self._chip()
        if len(classes) < 2:
            message = f"y: one class only ({classes.item(0)!r}); at least 2 are needed"
            raise DataError(message)
        if self.feature_range is None:
            mean, deviation = learned_range(X, whole=whole)
        else:
            mean, deviation = given_range(self.feature_range, X.shape[1])
        self.classes_ = classes
        self.seed_ = self._draw_seed()
        self.mean_, self.deviation_ = mean, deviation
        self.signed_ = chip.converters.input_signed
        self.top_code_ = chip.converters.input_top
        hidden = chip.network.hidden
        codes = self._codes(X)
        values = codes / self.top_code_
        if self.pretrain_epochs:
            weights = pretrained(
                values,
                np.searchsorted(classes, y),
                hidden=tuple(hidden),
                classes=len(classes),
                epochs=self.pretrain_epochs,
                learning_rate=0.05,
                seed=self.seed_,
                activation=chip.network.activation,
            )
            image = trained_image(chip, weights, values, self.seed_)
        else:
            sizes = (X.shape[1], *hidden, len(classes))
            image = new_image(chip, sizes, values, self.seed_)
        self.controller_ = Controller(image)
        self.controller_.program()
        self._told: set[str] = set()  # kinds of remarks
