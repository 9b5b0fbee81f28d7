"""One learning step of the chip in plain numpy, as one would write it without a core.

The same integers as ``csrc/SPEC.md`` (clauses named below) for chips of one to three
layers with reference none, softmax error, nearest-even rounding, saturation, no read
noise. It keeps states, wear, accumulators and registers, but no tally besides pulses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["NumpyChip", "NumpyLayer"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_EVEN_BYTES = np.uint64(0x00FF00FF00FF00FF)
_LANES = np.uint64(0x0001000100010001)
_ONE, _TWO, _TAP = np.uint32(1), np.uint32(2), np.uint32(22)
_EIGHT, _TOP_BYTE, _BYTE = np.uint32(8), np.uint32(24), np.uint32(0xFF)
_WIDE = (1 << 62) - 1
_STOCHASTIC, _COUNTED, _MIXED = 1, 2, 3
_SLOTS = 31  # longest pulse train


def _draw(key: np.uint64, index: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Draw from SplitMix64 at each index (SPEC 2.2)."""
    z = (index + np.uint64(1)) * _GOLDEN + key
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))


def _key(seed: int, stream: int, layer: int) -> np.uint64:
    """Make the key of one stream of one layer (SPEC 2.3)."""
    first = _draw(np.uint64(seed), np.array([stream], np.uint64))[0]
    return np.uint64(_draw(first, np.array([layer], np.uint64))[0])


def _noise(bits: NDArray[np.uint64]) -> Ints:
    """Sum the eight bytes of each draw about their mean (SPEC 2.4)."""
    pairs = (bits & _EVEN_BYTES) + ((bits >> np.uint64(8)) & _EVEN_BYTES)
    return ((pairs * _LANES) >> np.uint64(48)).astype(np.int64) - 1020


def _round_shift(value: Ints, n: int) -> Ints:
    """Divide by 2^n, nearest, ties to even; n < 0 shifts left (SPEC 1.1, 1.4)."""
    if n == 0:
        return value
    if n < 0:
        limit = _WIDE >> min(-n, 62)
        fits = np.abs(value) <= limit
        shifted = np.clip(value, -limit, limit) << min(-n, 61)
        return np.where(fits, shifted, np.sign(value) * _WIDE)
    n = min(n, 63)
    half = (1 << (n - 1)) - 1
    return (value + (half + ((value >> n) & 1))) >> n


def _leap_tables() -> NDArray[np.uint8]:
    """Tabulate the bytes of 62 leaps by each byte of a register (SPEC 2.5).

    A register is linear over bits, so that the train of any state is the exclusive or
    of the trains of its four bytes.
    """
    value: NDArray[np.uint32] = np.arange(256, dtype=np.uint32)
    tables = np.empty((4, 256, 2 * _SLOTS), np.uint8)
    for place in range(4):
        s: NDArray[np.uint32] = value << np.uint32(8 * place)
        for leap in range(2 * _SLOTS):
            f = (s ^ (s >> _ONE) ^ (s >> _TWO) ^ (s >> _TAP)) & _BYTE
            s = (s >> _EIGHT) | (f << _TOP_BYTE)
            tables[place, :, leap] = f
    return tables


class NumpyLayer:
    """One array: registers, spread, states, wear, accumulators, LFSRs."""

    def __init__(self, chip: Any, index: int) -> None:
        """Draw the spread and seed the LFSRs from the chip's seed.

        Args:
            chip: registers of the chip, the fields of ``struct ef_config``.
            index: of the layer.
        """
        r = chip.layers[index]
        self.registers = r
        self.rows, self.columns = r.rows, r.inputs + r.bias
        cells = self.rows * self.columns
        self.cycle_key = _key(chip.seed, 2, index)
        self.additive_key = _key(chip.seed, 3, index)
        draws = _draw(_key(chip.seed, 1, index), np.arange(4 * cells, dtype=np.uint64))
        q = np.clip((_noise(draws) * 39 + 128) >> 8, -127, 127).reshape(cells, 4)
        tilt = q[:, 1] * chip.d2d_asymmetry
        common = q[:, 0] * chip.d2d_common
        self.scale = np.stack(  # SPEC 3.3, up then down
            [
                np.clip(16384 + ((common + tilt) >> 8), 1024, 65535),
                np.clip(16384 + ((common - tilt) >> 8), 1024, 65535),
            ]
        )
        top = (1 << 31) - 1
        self.high = np.clip(chip.bound_high + q[:, 2] * chip.bound_spread, 1, top)
        self.low = np.clip(chip.bound_low - q[:, 3] * chip.bound_spread, -top, -1)
        self.wear = np.zeros(cells, np.uint64)
        self.chi = np.zeros((self.rows, self.columns), np.int64)
        self.row_lfsr = self._seeds(chip, 6, index, self.rows, chip.lines_per_row_lfsr)
        self.column_lfsr = self._seeds(
            chip, 7, index, self.columns, chip.lines_per_column_lfsr
        )
        self.x = np.zeros(self.columns, np.int64)
        self.x[r.inputs :] = r.bias_code
        self.y = np.zeros(self.rows, np.int64)
        self.e = np.zeros(self.rows, np.int64)
        self.exponent = 0
        self.transfers = 0
        start = np.full(cells, chip.initial_state, np.int64)
        self.state = np.clip(start, self.low, self.high)
        self.weight = np.empty((self.rows, self.columns))
        self.refresh()

    @staticmethod
    def _seeds(
        chip: Any, stream: int, index: int, lines: int, group: int
    ) -> NDArray[np.uint32]:
        """Seed the LFSRs of all groups of lines (SPEC 2.5)."""
        groups = np.arange(-(-lines // group), dtype=np.uint64)
        seeds = _draw(_key(chip.seed, stream, index), groups).astype(np.uint32)
        return np.where(seeds == 0, np.uint32(1), seeds)

    def refresh(self, cells: Ints | slice = slice(None)) -> None:
        """Work out the readable weights of some cells anew (SPEC 4.2).

        They are kept as doubles: every line sum is an integer below 2^53, hence exact
        in any order, and numpy multiplies doubles several times faster than integers.
        """
        weight = np.minimum(_round_shift(self.state[cells], 16), 32767)
        self.weight.reshape(-1)[cells] = weight


class NumpyChip:
    """A learning chip of numpy arrays.

    Args:
        registers: the object that :class:`edgeferro.core.Core` takes as well.
    """

    def __init__(self, registers: Any) -> None:
        """Bring the chip up."""
        self.registers = registers
        self.layers = [NumpyLayer(registers, i) for i in range(len(registers.layers))]
        self.pulses = 0
        self._tables = _leap_tables()
        self._half = 1 << (registers.sites[1].bits - 1)
        self._exp = np.asarray(registers.exp_table, np.int64)
        self._knots = np.asarray(registers.knots, np.int64)

    def adopt(self, core: Any) -> None:
        """Take states, wear, accumulators and LFSRs of an emulated chip."""
        for index, layer in enumerate(self.layers):
            layer.state = core.peek("state", index).astype(np.int64).ravel()
            layer.wear = core.peek("wear", index).astype(np.uint64).ravel()
            layer.row_lfsr = core.peek("row_lfsr", index).copy()
            layer.column_lfsr = core.peek("column_lfsr", index).copy()
            if layer.registers.rule == _MIXED:
                layer.chi = core.peek("chi", index).astype(np.int64)
            layer.refresh()

    def learn(
        self, inputs: NDArray[np.int16], labels: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Learn samples one after another (SPEC 9.1).

        Args:
            inputs: (n, inputs) raw input codes.
            labels: (n,).

        Returns:
            the classes that the forward passes gave, (n,).
        """
        found = np.empty(len(inputs), np.int32)
        for i, (raw, label) in enumerate(zip(inputs, labels, strict=True)):
            found[i] = self._forward(raw)
            self._backward(int(label))
            for layer in self.layers:
                self._update(layer)
        return found

    def _adc(self, sums: NDArray[np.float64], mantissa: int, shift: int) -> Ints:
        """Convert line sums to codes (SPEC 5.2)."""
        codes = _round_shift(sums.astype(np.int64) * mantissa, shift)
        clipped: Ints = np.clip(codes, -self._half, self._half - 1)
        return clipped

    def _forward(self, raw: NDArray[np.int16]) -> int:
        """Run the forward pass (SPEC 6) and return the class."""
        site = self.registers.sites[0]
        top = 1 << (site.bits - 1)
        codes = _round_shift(raw.astype(np.int64), site.shift)
        codes = np.clip(codes, -top, top - 1)
        for layer in self.layers:
            r = layer.registers
            layer.x[: r.inputs] = codes
            sums = layer.weight @ layer.x.astype(np.float64)
            layer.y = self._adc(sums, r.gain_mantissa, r.gain_shift)
            if r.activation is not None:
                codes = r.activation[layer.y + self._half].astype(np.int64)
        return int(np.argmax(self.layers[-1].y))

    def _softmax(self, label: int) -> Ints:
        """Return target minus probability, Q0.15 (SPEC 7.1)."""
        y = self.layers[-1].y
        distance = (y.max() - y) >> self.registers.exp_shift
        chances = self._exp[np.minimum(distance, 255)]
        errors: Ints = -((chances * 32768) // chances.sum())
        errors[label] += 32768
        return errors

    def _error_codes(self, layer: NumpyLayer, errors: Ints, above: int) -> None:
        """Turn wide errors into codes with one exponent (SPEC 8.1, 8.2)."""
        peak = int(np.abs(errors).max())
        if peak == 0:
            layer.e, layer.exponent = np.zeros(layer.rows, np.int64), 0
            return
        bits = self.registers.sites[3].bits
        top = (1 << (bits - 1)) - 1
        k = peak.bit_length() - (bits - 1)
        layer.e = np.clip(_round_shift(errors, k), -top, top)
        layer.exponent = k + above

    def _backward(self, label: int) -> None:
        """Work out the error codes from the last layer down (SPEC 8)."""
        self._error_codes(self.layers[-1], self._softmax(label), 0)
        for below, layer in self._pairs():
            if not layer.e.any():
                below.e, below.exponent = np.zeros(below.rows, np.int64), 0
                continue
            r = layer.registers
            sums = layer.e.astype(np.float64) @ layer.weight[:, : r.inputs]
            codes = self._adc(sums, r.back_mantissa, r.back_shift)
            slope = below.registers.slope[below.y + self._half]
            self._error_codes(below, codes * slope, layer.exponent)

    def _pairs(self) -> Iterator[tuple[NumpyLayer, NumpyLayer]]:
        """Yield (layer below, layer) from the top."""
        for index in range(len(self.layers) - 1, 0, -1):
            yield self.layers[index - 1], self.layers[index]

    def _update(self, layer: NumpyLayer) -> None:
        """Update one array by its rule (SPEC 9.3 to 9.5)."""
        rule = layer.registers.rule
        rows, columns = np.flatnonzero(layer.e), np.flatnonzero(layer.x)
        if rows.size and columns.size:
            if rule == _STOCHASTIC:
                self._stochastic(layer)
            elif rule == _COUNTED:
                self._counted(layer, rows, columns)
            elif rule == _MIXED:
                self._mixed(layer, rows, columns)
        if rule == _MIXED and self.registers.transfer_every > 1:
            layer.transfers += 1
            if layer.transfers == self.registers.transfer_every:
                layer.transfers = 0
                self._transfer(layer, np.arange(layer.chi.size), layer.chi.ravel())

    def _wished(self, layer: NumpyLayer, rows: Ints, columns: Ints) -> Ints:
        """Return rounded rate x error x input of the pairs, (rows, columns)."""
        r = layer.registers
        product = np.multiply.outer(layer.e[rows] * r.rate_mantissa, layer.x[columns])
        shift = r.rate_shift - layer.exponent
        wished = _round_shift(product, shift)
        limit = (1 << 31) - 1  # a product alone stays below
        return wished if shift >= 0 else np.clip(wished, -limit, limit)

    def _counted(self, layer: NumpyLayer, rows: Ints, columns: Ints) -> None:
        """Send rounded products as pulses (SPEC 9.3)."""
        wished = self._wished(layer, rows, columns)
        i, j = np.nonzero(wished)
        self._pulse(layer, rows[i] * layer.columns + columns[j], wished[i, j])

    def _mixed(self, layer: NumpyLayer, rows: Ints, columns: Ints) -> None:
        """Add products to the accumulators, then transfer (SPEC 9.5)."""
        top = 1 << (self.registers.sites[5].bits - 1)
        where = np.ix_(rows, columns)
        chi = layer.chi[where] + self._wished(layer, rows, columns)
        chi = np.clip(chi, -top, top - 1)
        layer.chi[where] = chi
        if self.registers.transfer_every == 1:
            i, j = np.nonzero(np.abs(chi) >= layer.registers.threshold)
            self._transfer(layer, rows[i] * layer.columns + columns[j], chi[i, j])

    def _transfer(self, layer: NumpyLayer, cells: Ints, chi: Ints) -> None:
        """Send the whole pulses of some accumulators (SPEC 9.5.4)."""
        threshold = layer.registers.threshold
        wished = np.abs(chi) // threshold
        sent = np.minimum(wished, self.registers.pulse_limit)
        left = sent if self.registers.excess == 0 else wished
        sign = np.sign(chi)
        layer.chi.reshape(-1)[cells] = chi - sign * left * threshold
        some = np.flatnonzero(sent)
        self._pulse(layer, cells[some], (sign * sent)[some])

    def _stochastic(self, layer: NumpyLayer) -> None:
        """Send pulses where trains of rows and columns coincide (SPEC 9.4)."""
        chip, r = self.registers, layer.registers
        x, e = np.abs(layer.x), np.abs(layer.e)
        peak_x, peak_e = int(x.max()), int(e.max())
        t, length = layer.exponent - r.rate_shift, chip.train_length
        bits = chip.train_bits
        if chip.train_managed:
            product = peak_x * peak_e * r.rate_mantissa
            wished = product << t if t >= 0 else -(-product >> -t)
            length = max(1, min(wished, length))
        ratio = (r.rate_mantissa << 24) // length
        q = t + 2 * bits - 24
        a = ratio.bit_length() - 1 + q + peak_e.bit_length() - peak_x.bit_length()
        a >>= 1
        columns = np.minimum(_round_shift(x, -a), 1 << bits)
        rows = np.minimum(_round_shift(e * ratio, a - q), 1 << bits)
        group = chip.lines_per_column_lfsr
        c, column_fires = self._fires(layer.column_lfsr, columns, group, length)
        group = chip.lines_per_row_lfsr
        w, row_fires = self._fires(layer.row_lfsr, rows, group, length)
        count = row_fires @ column_fires.T
        i, j = np.nonzero(count)
        i_row, j_column = w[i], c[j]
        sign = np.sign(layer.e)[i_row] * np.sign(layer.x)[j_column]
        wished = count[i, j].astype(np.int64) * sign
        self._pulse(layer, i_row * layer.columns + j_column, wished)

    def _fires(
        self, lfsr: NDArray[np.uint32], chance: Ints, group: int, length: int
    ) -> tuple[Ints, NDArray[np.float32]]:
        """Run the registers of the groups in use (SPEC 9.4.4).

        Returns:
            lines with a chance, and whether each fires in each slot (lines, slots).
        """
        lines = np.flatnonzero(chance)
        of_line = lines // group
        used = np.unique(of_line)
        old = np.ascontiguousarray(lfsr[used], "<u4").view(np.uint8).reshape(-1, 4)
        train = self._tables[0][old[:, 0]]
        for place in range(1, 4):
            train = train ^ self._tables[place][old[:, place]]
        stream = np.hstack([old, train])  # the register is its last four bytes
        last = np.ascontiguousarray(stream[:, 2 * length : 2 * length + 4])
        lfsr[used] = last.view("<u4").ravel()
        high = train[:, : 2 * length : 2].astype(np.int32)
        random = (high << 8) | train[:, 1 : 2 * length : 2]
        random >>= 16 - self.registers.train_bits
        mine = random[np.searchsorted(used, of_line)]
        return lines, (mine < chance[lines, None]).astype(np.float32)

    def _pulse(self, layer: NumpyLayer, cells: Ints, wished: Ints) -> None:
        """Send up to the limit of signed pulses to distinct cells (SPEC 3.6)."""
        if cells.size == 0:
            return
        left = np.minimum(np.abs(wished), self.registers.pulse_limit)
        self.pulses += int(left.sum())
        polarity = (wished < 0).astype(np.int64)
        touched = cells
        while cells.size:
            self._pulse_once(layer, cells, polarity)
            left = left - 1
            more = np.flatnonzero(left)
            cells, polarity, left = cells[more], polarity[more], left[more]
        layer.refresh(touched)

    def _pulse_once(self, layer: NumpyLayer, cells: Ints, polarity: Ints) -> None:
        """Send one pulse to each of some distinct cells."""
        k = layer.registers.pulse_class
        state, wear = layer.state[cells], layer.wear[cells]
        u = state + (1 << 31)
        i, fraction = u >> 26, u & ((1 << 26) - 1)
        first = self._knots[k, polarity, i]
        rise = self._knots[k, polarity, i + 1] - first
        step = first + ((rise * fraction) >> 26)
        step = (step * layer.scale[polarity, cells]) >> 14
        event = (cells.astype(np.uint64) << np.uint64(32)) | wear
        if self.registers.c2c[k]:
            noise = _noise(_draw(layer.cycle_key, event))
            step = (step * (16384 + ((noise * self.registers.c2c[k]) >> 8))) >> 14
        if self.registers.c2c_additive[k]:
            noise = _noise(_draw(layer.additive_key, event))
            step = step + noise * self.registers.c2c_additive[k]
        state = np.where(polarity == 0, state + step, state - step)
        layer.state[cells] = np.clip(state, layer.low[cells], layer.high[cells])
        layer.wear[cells] = wear + np.uint64(1)
