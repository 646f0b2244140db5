"""Latent classes of people, without saying how many (Manrique-Vallier 2016).

Within a class the lists are independent; classes have stick-breaking weights. Chains run side by
side in one set of arrays, chain last, so that NumPy's overhead is shared among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln, ndtri

from prevalence.results import ASSUMPTIONS, Interval, Refused, Result, Status
from prevalence.table import CaptureTable

Floats = NDArray[np.float64]

FEWEST_LISTS = 3
DISAGREE = 1.05
FEW = 400
LEAPS, STEP, FORGET = 40, 0.7, 0.05
LOST, MOST_LOST = 30.0, 0.25
MOST_UNSEEN = 1e15
WITHIN = "among people of one kind, being on one list says nothing about being on another"


@dataclass(frozen=True, kw_only=True)
class LatentClass:
    """Dirichlet-process latent classes, as LCMCR does in R, with chains that must agree.

    Parameters
    ----------
    classes : most classes there can be (>= 2)
    chains : chains, each started from its own draw of the prior (>= 2)
    warm_up : steps from the prior to the posterior, and as many again to settle (>= 2)
    keep : draws kept from each chain (>= 4)
    shape, rate : gamma prior of the concentration (> 0)

    Notes
    -----
    One step is a Gibbs sweep and a Hamiltonian move with everybody's class summed out. The total
    has prior 1/N and no upper limit. No figure is given when R-hat exceeds 1.05, or when a
    quarter of the chains had to be restarted.
    Source: Manrique-Vallier (2016), Biometrics 72(4); the priors are those of LCMCR 0.4.14.
    """

    classes: int = 10
    chains: int = 64
    warm_up: int = 300
    keep: int = 200
    shape: float = 0.25
    rate: float = 0.25

    method = "latent"

    def __post_init__(self) -> None:
        if min(self.classes, self.chains) < 2 or self.warm_up < 1 or self.keep < 4:
            raise ValueError("latent classes need 2 classes, 2 chains, 1 step and 4 draws at least")
        if min(self.shape, self.rate) <= 0:
            raise ValueError("shape and rate of the concentration's prior must be above 0")

    def fit(self, table: CaptureTable, *, seed: int = 0) -> Result:
        """Estimate the total by the posterior median.

        Raises
        ------
        Refused : the table has fewer than three lists
        """
        if table.k < FEWEST_LISTS:
            reason = f"{table.k} lists: classes need at least {FEWEST_LISTS} to tell them apart"
            raise Refused((reason,), table.overlap_text())
        hidden, on_the_way = self.sample(table, seed=seed)
        totals = hidden + table.observed
        r_hat, effective = convergence(np.log(totals))
        status, warnings = Status.FITS, []
        medians = np.median(totals, axis=0)
        if r_hat > DISAGREE:
            status = Status.NOT_CONVERGED
            warnings.append(
                f"chains disagree (R-hat {r_hat:.2f}; their medians run from {medians.min():,.0f} "
                f"to {medians.max():,.0f}): no figure is given"
            )
        elif (lost := on_the_way["restarted_chains"]) >= MOST_LOST * self.chains:
            status = Status.NOT_CONVERGED
            warnings.append(
                f"{lost:.0f} of {self.chains} chains were lost in corners of the posterior and "
                "restarted, too many to trust where the others met: no figure is given"
            )
        elif effective < FEW:
            warnings.append(f"only {effective:.0f} effective draws: keep more than {self.keep}")
        if hidden.max() >= MOST_UNSEEN:
            warnings.append(f"some draws reached {MOST_UNSEEN:.0e} people: the table sets no limit")
        agreed = status is Status.FITS
        estimate = float(np.median(totals)) if agreed else np.nan
        return Result(
            method=self.method,
            lists=table.lists,
            observed=table.observed,
            estimate=estimate,
            hidden=estimate - table.observed,
            intervals={p: {"posterior": _interval(totals, p)} for p in (0.95, 0.8) if agreed},
            status=status,
            warnings=tuple(warnings),
            assumptions=(*ASSUMPTIONS[:-1], WITHIN),
            options={
                name: getattr(self, name)
                for name in ("classes", "chains", "warm_up", "keep", "shape", "rate")
            },
            data_hash=table.hash(),
            seed=seed,
            diagnostics={
                "r_hat": r_hat,
                "effective_sample": effective,
                "lowest_chain_median": float(medians.min()),
                "highest_chain_median": float(medians.max()),
            }
            | on_the_way,
            draws=totals.ravel() if agreed else None,
        )

    def sample(self, table: CaptureTable, *, seed: int = 0) -> tuple[Floats, dict[str, float]]:
        """Draw the people unseen, shape (keep, chains), with what the chains did on the way."""
        state = _Chains(self, fixed_order(table)[1], np.random.default_rng(seed))
        state.warm_up(self.warm_up)
        hidden = np.empty((self.keep, self.chains))
        in_use = accepted = 0.0
        for step in range(self.keep):
            in_use += state.sweep()
            accepted += state.move()
            hidden[step] = state.unseen
        return hidden, {
            "classes_in_use": in_use / self.keep,
            "accepted": accepted / self.keep,
            "restarted_chains": float(state.restarted),
        }


class _Chains:
    """State of all chains: logit of the share of each class on each list, and of each stick."""

    def __init__(
        self, model: LatentClass, counts: NDArray[np.int64], rng: np.random.Generator
    ) -> None:
        self.model, self.rng, self.k = model, rng, len(counts).bit_length() - 1
        self.cells = np.flatnonzero(counts)
        self.counts = counts[self.cells]
        self.people = counts.astype(np.float64)[:, None]
        self.n = int(counts.sum())
        self.on_list = (self.cells >> np.arange(self.k)[:, None] & 1).astype(np.float64)
        chains, classes = model.chains, model.classes
        share = rng.random((self.k, classes, chains))
        self.logits = np.log(share) - np.log1p(-share)
        left = rng.random((classes - 1, chains)) ** 2
        self.sticks = np.log1p(-left) - np.log(left)
        self.concentration = np.full(chains, 0.5)
        self.unseen = self.likelihood = np.zeros(chains)
        self.restarted = 0
        self.masses = (np.ones((self.k, classes, 1)), np.ones((classes - 1, 1)))

    def warm_up(self, steps: int) -> None:
        """Go from the prior to the posterior by degrees, then settle."""
        for step in range(1, steps + 1):
            self.move((step / steps) ** 3, adapt=True)
        for step in range(steps):
            self.sweep()
            self.move(adapt=True)
            if step == steps // 2:
                self._restart_lost()

    def _restart_lost(self) -> None:
        # A corner whose likelihood is e^30 times below the others' holds no posterior worth the
        # name, yet a chain can sit in it for thousands of sweeps. Lesser modes are left alone:
        # chains that disagree about those are what R-hat is for.
        self._posterior(self.logits, self.sticks, 1.0)
        lost = self.likelihood < self.likelihood.max() - LOST
        for chain in np.flatnonzero(lost):
            other = self.rng.choice(np.flatnonzero(~lost))
            self.logits[..., chain] = self.logits[..., other]
            self.sticks[..., chain] = self.sticks[..., other]
        self.restarted = int(lost.sum())

    def sweep(self) -> float:
        """Draw everybody's class, then the unseen, then shares, concentration and weights."""
        model, rng = self.model, self.rng
        weights, _, _ = _log_weights(self.sticks)
        patterns = self._patterns(np.exp(weights), expit(self.logits))
        by_class = patterns[self.cells].transpose(2, 0, 1)
        by_class = by_class / by_class.sum(axis=2, keepdims=True)
        seen = rng.multinomial(self.counts, by_class).astype(np.float64)
        # Negative binomial, as a Poisson of a gamma, falls to the classes independently.
        odds = patterns[0] / patterns[1:].sum(axis=(0, 1))
        rate = np.minimum(rng.standard_gamma(self.n, model.chains) * odds, MOST_UNSEEN)
        unseen = rng.poisson(rate).astype(np.float64)
        self.unseen = unseen.sum(axis=0)
        on = np.ascontiguousarray(np.matmul(self.on_list, seen).transpose(1, 2, 0))
        size = seen.sum(axis=1).T + unseen
        self.logits = np.log(rng.standard_gamma(1 + on)) - np.log(rng.standard_gamma(1 + size - on))
        later = np.cumsum(size[::-1], axis=0)[::-1][1:]
        self._draw_concentration(size[:-1], later)
        self.sticks = np.log(rng.standard_gamma(1 + size[:-1])) - self._log_gamma(
            self.concentration + later
        )
        return float((size > 0).sum(axis=0).mean())

    def move(self, heat: float = 1.0, *, adapt: bool = False) -> float:
        """Follow the marginal posterior, its likelihood raised to `heat`, for one trajectory.

        Classes of people and concentration are summed out. Gibbs sweeps alone take some 500 to
        1,000 sweeps for one independent draw, since the unseen and the classes hold each other
        in place. Returns the share of chains that moved.
        """
        model, rng = self.model, self.rng
        logits, sticks = self.logits, self.sticks
        level, slope, pull = self._posterior(logits, sticks, heat, adapt=adapt)
        step = STEP * (0.3 + 0.7 * rng.random(model.chains))
        along, across = (step / np.sqrt(mass) for mass in self.masses)
        speed, drift = rng.standard_normal(logits.shape), rng.standard_normal(sticks.shape)
        start = level - 0.5 * ((speed**2).sum(axis=(0, 1)) + (drift**2).sum(axis=0))
        speed += 0.5 * along * slope
        drift += 0.5 * across * pull
        for leap in range(1, LEAPS + 1):
            logits = logits + along * speed
            sticks = sticks + across * drift
            level, slope, pull = self._posterior(logits, sticks, heat)
            half = 0.5 if leap == LEAPS else 1.0
            speed += half * along * slope
            drift += half * across * pull
        end = level - 0.5 * ((speed**2).sum(axis=(0, 1)) + (drift**2).sum(axis=0))
        moved = np.log(rng.random(model.chains)) < end - start
        self.logits = np.where(moved, logits, self.logits)
        self.sticks = np.where(moved, sticks, self.sticks)
        _, _, spent = _log_weights(self.sticks)
        draw = rng.standard_gamma(model.shape + model.classes - 1, model.chains)
        self.concentration = draw / (model.rate + spent)
        return float(moved.mean())

    def _posterior(
        self, logits: Floats, sticks: Floats, heat: float, *, adapt: bool = False
    ) -> tuple[Floats, Floats, Floats]:
        """Log posterior (up to a constant) and its slopes in logits and sticks."""
        model = self.model
        share, stick = expit(logits), expit(sticks)
        weights, log_stick, spent = _log_weights(sticks)
        patterns = self._patterns(np.exp(weights), share)
        chance = np.maximum(patterns.sum(axis=1), 1e-300)
        seen = chance[1:].sum(axis=0)
        size = np.abs(logits)
        power = model.shape + model.classes - 1
        self.likelihood = self.counts @ np.log(chance[self.cells]) - self.n * np.log(seen)
        level = (
            heat * self.likelihood
            - power * np.log(model.rate + spent)
            + log_stick.sum(axis=0)
            - (size + 2 * np.log1p(np.exp(-size))).sum(axis=(0, 1))
        )
        # Expected people of each pattern and class, the unseen included.
        each = heat * self.people / chance
        each[0] = heat * self.n / seen
        patterns *= each[:, None, :]
        on = np.empty_like(share)
        for i in reversed(range(self.k)):
            on[i] = patterns[1 << i : 2 << i].sum(axis=0)
            patterns[: 1 << i] += patterns[1 << i : 2 << i]
        total = patterns[0]
        from_here = np.cumsum(total[::-1], axis=0)[::-1]
        slope = on - share * total + 1 - 2 * share
        pull = total[:-1] - stick * from_here[:-1] + 1 - stick * (1 + power / (model.rate + spent))
        if adapt:
            # Shared by all chains, so that none is left with steps too long for it.
            masses = (total * share * (1 - share), from_here[:-1] * stick * (1 - stick))
            for old, new in zip(self.masses, masses, strict=True):
                old += FORGET * (new.mean(axis=-1, keepdims=True) + 0.3 - old)
        return level, slope, pull

    def _patterns(self, weights: Floats, share: Floats) -> Floats:
        """Probability of each pattern and class, shape (2**k, classes, chains)."""
        out = np.empty((1 << self.k, *weights.shape))
        out[0] = weights
        for i in range(self.k):
            np.multiply(out[: 1 << i], share[i], out=out[1 << i : 2 << i])
            out[: 1 << i] -= out[1 << i : 2 << i]
        return out

    def _draw_concentration(self, size: Floats, later: Floats) -> None:
        # With the weights summed out: given them it would hardly move while classes are empty.
        x = np.log(self.concentration)
        other = x + 3 * self.rng.standard_normal(len(x))
        gain = self._concentration_density(other, size, later)
        gain -= self._concentration_density(x, size, later)
        x = np.where(np.log(self.rng.random(len(x))) < gain, other, x)
        self.concentration = np.exp(np.maximum(x, -200))

    def _concentration_density(self, x: Floats, size: Floats, later: Floats) -> Floats:
        c = np.exp(np.clip(x, -200, 200))
        sticks = x + gammaln(c + later) - gammaln(1 + c + size + later)
        filled = np.where(size + later > 0, sticks, 0).sum(axis=0)
        return np.asarray(self.model.shape * x - self.model.rate * c + filled)

    def _log_gamma(self, shape: Floats) -> Floats:
        # Log of a gamma draw: shapes near 0 give draws below the smallest number there is.
        small = shape < 1
        power = np.log(self.rng.random(shape.shape)) / shape
        return np.log(self.rng.standard_gamma(shape + small)) + np.where(small, power, 0)


def _log_weights(sticks: Floats) -> tuple[Floats, Floats, Floats]:
    """Log weight of each class, log of each stick, and minus the log of what is left at the end."""
    soft = np.log1p(np.exp(-np.abs(sticks)))
    stick, rest = np.minimum(sticks, 0) - soft, -np.maximum(sticks, 0) - soft
    left = np.cumsum(rest, axis=0)
    weights = np.zeros((len(sticks) + 1, *sticks.shape[1:]))
    weights[:-1] = stick
    weights[1:] += left
    return weights, stick, -left[-1]


def fixed_order(table: CaptureTable) -> tuple[list[int], NDArray[np.int64]]:
    """Lists by what is counted on them, and the counts in that order.

    So that naming the lists in another order draws the same numbers.
    """
    masks = np.arange(len(table.counts))
    on = [np.sort(table.counts[masks >> i & 1 == 1])[::-1] for i in range(table.k)]
    order = sorted(range(table.k), key=lambda i: (-int(on[i].sum()), on[i].tolist()))
    counts = np.zeros_like(table.counts)
    counts[sum((masks >> i & 1) << place for place, i in enumerate(order))] = table.counts
    return order, counts


def _interval(totals: Floats, level: float) -> Interval:
    """Equal-tailed limits; their error from how far the chains' own limits lie apart."""
    ends = ((1 - level) / 2, (1 + level) / 2)
    low, high = np.quantile(totals, ends)
    errors = np.quantile(totals, ends, axis=0).std(axis=1, ddof=1) / np.sqrt(totals.shape[1])
    return Interval(float(low), float(high), float(errors[0]), float(errors[1]))


def convergence(draws: Floats) -> tuple[float, float]:
    """R-hat and effective sample of `draws`, shape (draws, chains).

    Notes
    -----
    Rank-normalised, with chains split in half; R-hat is the larger of that of the draws and of
    their distance to the median. Source: Vehtari and others (2021), Bayesian Analysis 16(2).
    """
    half = len(draws) // 2
    split = np.concatenate([draws[:half], draws[-half:]], axis=1)
    folded = np.abs(split - np.median(split))
    return max(_r_hat(_ranked(split)), _r_hat(_ranked(folded))), _effective(_ranked(split))


def _ranked(draws: Floats) -> Floats:
    _, place, ties = np.unique(draws, return_inverse=True, return_counts=True)
    middle = np.cumsum(ties) - (ties - 1) / 2
    normal = ndtri((middle - 0.375) / (draws.size + 0.25))
    return np.asarray(normal[place].reshape(draws.shape))


def _r_hat(draws: Floats) -> float:
    n = len(draws)
    within, between = draws.var(axis=0, ddof=1).mean(), draws.mean(axis=0).var(ddof=1)
    if within == 0:
        return 1.0 if between == 0 else np.inf
    return float(np.sqrt((n - 1) / n + between / within))


def _effective(draws: Floats) -> float:
    n = len(draws)
    centred = draws - draws.mean(axis=0)
    power = np.abs(np.fft.rfft(centred, 2 * n, axis=0)) ** 2
    covariance = np.fft.irfft(power, axis=0)[:n].mean(axis=1) / n
    within = covariance[0] * n / (n - 1)
    spread = within * (n - 1) / n + draws.mean(axis=0).var(ddof=1)
    if spread == 0:
        return float(draws.size)
    correlation = 1 - (within - covariance) / spread
    together = correlation[: n - n % 2].reshape(-1, 2).sum(axis=1)
    end = int(np.argmax(together < 0)) if (together < 0).any() else len(together)
    falling = np.minimum.accumulate(together[: max(end, 1)])
    return float(draws.size / max(2 * falling.sum() - 1, 1 / np.log10(draws.size)))
