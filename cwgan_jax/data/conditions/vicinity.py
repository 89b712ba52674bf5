"""Vicinal sampling: real examples whose numbers lie near those that are asked for, as in CcGAN.

So a number that has few examples of its own, or none, borrows those of its neighbours (Ding et al. 2021,
arXiv:2011.07466, Section 3). For each place of a batch the order of the data gives an example, and its
numbers, moved by a little noise, are the target. The real example is drawn from those near the target: all
with the same probability (hard vicinity, HVDL), or with weights that fall with the distance (soft vicinity,
SVDL). It has the target as its condition, and what is generated is made for the target as well; in CcGAN that
is made for numbers near the target. Whatever in a condition is no number has to be equal.
"""

from typing import NamedTuple

import numpy as np

from cwgan_jax import config
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import Schema
from cwgan_jax.data.conditions.near import Found, Line, Near, Space, neighbour_distance
from cwgan_jax.data.conditions.parts import Cycle, Number
from cwgan_jax.data.order import Chosen, indices

_DOMAIN = 1 << 62  # of the keys of `_words`; those of `order.permutation` are smaller
_TRIES = 8  # draws of a target that has examples near it; then the noise is left out
_TRIALS = 32  # of rejection, for soft weights; then the weights of all that are near are added up
_TINY = 1e-300
_LEAST = 1e-3  # a weight below which an example is not near, as in CcGAN's code
_TYPICAL, _MULTIPLE = 0.95, 2  # of the rule of thumb for the radius


class Numbers(NamedTuple):
    """Where a condition has numbers.

    Attributes:
      plain: the columns, i[D].
      cycles: pairs of columns, cosine and sine of a number that comes round, i[E, 2].
    """

    plain: np.ndarray
    cycles: np.ndarray

    @property
    def columns(self) -> np.ndarray:
        """All columns, i[D + 2 E]."""
        return np.concatenate([self.plain, self.cycles.ravel()])

    def place(self, condition: np.ndarray) -> np.ndarray:
        """Conditions f32[n, C] -> their places f64[n, D + 2 E], between which distances are taken."""
        return condition[:, self.columns].astype(np.float64)

    def moved(self, condition: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Conditions f32[n, C] moved by noise f64[n, D + E], of the cycles in radians."""
        result = condition.copy()
        result[:, self.plain] += noise[:, : len(self.plain)].astype(np.float32)
        cosine, sine = condition[:, self.cycles.T].astype(np.float64).swapaxes(0, 1)
        turn = noise[:, len(self.plain) :]
        result[:, self.cycles[:, 0]] = cosine * np.cos(turn) - sine * np.sin(turn)
        result[:, self.cycles[:, 1]] = sine * np.cos(turn) + cosine * np.sin(turn)
        return result


class Vicinity(NamedTuple):
    """How the batches of a data set are chosen.

    Attributes:
      condition: f32[N, C], of all examples.
      numbers: where it has numbers.
      group: i[N]; examples of the same number agree in all other columns.
      near: finds examples near a target.
      sigma: deviation of the noise of each number, f64[D + E].
      radius: kappa: hard, what is near is at most so far; soft, the weights are exp(-distance^2 / radius^2).
      soft: which.
    """

    condition: np.ndarray
    numbers: Numbers
    group: np.ndarray
    near: Near
    sigma: np.ndarray
    radius: float
    soft: bool

    @property
    def reach(self) -> float:
        """The distance beyond which no example is drawn."""
        return self.radius * float(np.sqrt(-np.log(_LEAST))) if self.soft else self.radius

    def choose(self, seed: int, first: int, count: int, batch: int, stream: int = 0) -> Chosen:
        """The examples and targets of consecutive batches, a function of (seed, stream, n, place).

        Args:
          seed: of the run, in [0, 2^32).
          first: number of the first batch.
          count: how many batches.
          batch: B, examples in each.
          stream: as in `order.permutation`.
        """
        start = indices(seed, first, count, len(self.condition), batch, stream).ravel()
        noisy = 2 * _TRIES * len(self.sigma)
        each = noisy + 1 + 2 * _TRIALS * self.soft
        words = [_uniform(seed, stream, n, batch * each) for n in range(first, first + count)]
        share = np.concatenate([np.empty(0), *words]).reshape(-1, each)
        target = self._targets(start, share[:, :noisy])
        found = self.near.within(self.group[start], self.numbers.place(target), self.reach)
        index = (self._soft if self.soft else _evenly)(found, self.numbers.place(target), share[:, noisy:])
        return Chosen(index.astype(np.int32).reshape(count, batch), target.reshape(count, batch, -1))

    def _targets(self, start: np.ndarray, share: np.ndarray) -> np.ndarray:
        """The conditions f32[n, C] of the examples i[n], moved so that there are examples near."""
        u, v = share.reshape(len(start), _TRIES, -1, 2).transpose(3, 1, 0, 2)
        noise = np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v) * self.sigma  # Box and Muller 1958
        target, pending = self.condition[start], np.arange(len(start))
        for moved in noise:
            target[pending] = self.numbers.moved(self.condition[start[pending]], moved[pending])
            group, place = self.group[start[pending]], self.numbers.place(target[pending])
            pending = pending[~self.near.any(group, place, self.reach)]
            if not len(pending):
                break
        target[pending] = self.condition[start[pending]]
        return target

    def _soft(self, found: Found, target: np.ndarray, share: np.ndarray) -> np.ndarray:
        """One of those near each target, with probabilities proportional to their weights."""
        members, start, stop = found
        place = self.numbers.place

        def weight(index: np.ndarray, target: np.ndarray) -> np.ndarray:
            distance = place(self.condition[index.ravel()]).reshape(*index.shape, -1) - target
            return np.exp(-np.square(distance).sum(-1) / max(self.radius**2, _TINY))

        trials = share[:, 1:].reshape(len(start), _TRIALS, 2)
        position = start[:, None] + (trials[..., 0] * (stop - start)[:, None]).astype(np.int64)
        accepted = trials[..., 1] < weight(members[position], target[:, None])
        row = np.arange(len(start))
        index = members[position[row, accepted.argmax(1)]]
        for i in np.flatnonzero(~accepted.any(1)):
            among = members[start[i] : stop[i]]
            sums = np.cumsum(weight(among, target[i]))
            index[i] = among[min(np.searchsorted(sums, share[i, 0] * sums[-1], "right"), len(among) - 1)]
        return index


def _evenly(found: Found, target: np.ndarray, share: np.ndarray) -> np.ndarray:
    """One of those near each target, each with the same probability."""
    members, start, stop = found
    return members[start + (share[:, 0] * (stop - start)).astype(np.int64)]


def _uniform(seed: int, stream: int, n: int, count: int) -> np.ndarray:
    """Numbers in [0, 1) of batch n, f64[count]."""
    key = np.array([_DOMAIN + seed + (stream << 40), n], np.uint64)
    return (np.random.Philox(key=key).random_raw(count) >> 11) * 2.0**-53


def of(data: config.Data, schema: Schema, condition: np.ndarray) -> Vicinity:
    """How a config wants batches chosen.

    Args:
      data: the config's section, with `vicinity` hard or soft; where it has no sigma or radius, see `thumb`.
      schema: of the conditions.
      condition: of all examples, see `dataset.Dataset`.

    Raises:
      ConfigError: the conditions have no numbers.
    """
    numbers = _numbers(schema)
    if not len(numbers.columns):
        raise ConfigError(
            f"config.data.vicinity={data.vicinity}: the condition has no number, so nothing is near; use none"
        )
    rest = np.delete(condition, numbers.columns, 1)
    group = np.unique(np.ascontiguousarray(rest), axis=0, return_inverse=True)[1].ravel()
    if not rest.shape[1]:
        group = np.zeros(len(condition), np.int64)
    place = numbers.place(condition)
    sigma, radius = thumb(numbers, condition, group)
    if data.vicinity_sigma is not None:
        sigma = np.full_like(sigma, data.vicinity_sigma)
    if data.vicinity_radius is not None:
        radius = data.vicinity_radius
    near: Near = (Line if place.shape[1] == 1 else Space)(place, group)
    return Vicinity(condition, numbers, group, near, sigma, radius, data.vicinity == "soft")


def _numbers(schema: Schema) -> Numbers:
    spans, plain, cycles = conditions.spans(schema), [], []
    for part in schema:
        match part:
            case Number():
                plain.append(spans[part.name].start)
            case Cycle():
                cycles.append([spans[part.name].start, spans[part.name].start + 1])
    return Numbers(np.array(plain, np.int64), np.array(cycles, np.int64).reshape(-1, 2))


def thumb(numbers: Numbers, condition: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, float]:
    """Rules of thumb: the deviations of the noise, and the radius.

    The noise is that of a kernel density estimate (Silverman 1986, Eq. 4.14); for one number 1.06 deviations
    N^(-1/5), as in CcGAN. CcGAN's radius is twice the largest gap between neighbouring numbers; here it is
    twice the distance that 95 % of the distinct numbers have from the nearest other one, so that an outlier,
    or a range without examples, does not blur all others.
    """
    place = numbers.place(condition)
    cosine, sine = place[:, len(numbers.plain) :].reshape(len(place), -1, 2).transpose(2, 0, 1)
    angle = np.arctan2(sine, cosine)
    resultant = np.abs(np.exp(1j * angle).mean(0))
    around = np.sqrt(-2 * np.log(np.clip(resultant, 0.2, 1)))  # at most 1.8, about that of all angles alike
    spread = np.concatenate([place[:, : len(numbers.plain)].std(0), around])
    count, size = len(spread), len(condition)
    sigma = spread * (4 / (count + 2)) ** (1 / (count + 4)) * size ** (-1 / (count + 4))
    return sigma, _MULTIPLE * neighbour_distance(place, group, _TYPICAL)
