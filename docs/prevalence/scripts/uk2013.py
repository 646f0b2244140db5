"""UK 2013 side by side: 11,313, 12,407, 22,991, 25,311 and 21,050, and why they differ.

python docs/prevalence/scripts/uk2013.py
"""

from prevalence import BayesianThreshold, BestBIC, GraphAverage, LatentClass, Stepwise
from prevalence.data import uk2013
from prevalence.spread import AllModels

# Home Office method, Silverman 2020 (R, seed 1), BIC to order 2 and to any order, LCMCR in R.
R_SAYS = {
    "stepwise": 11_313, "threshold": 12_407, "bic, pairs": 22_991, "bic, all": 25_311,
    "graphs": 23_016, "latent": 21_050,
}  # fmt: skip


def main() -> None:
    table = uk2013(lists=5)
    print(table.overlap_text(), "\n")
    estimators = {
        "stepwise": Stepwise(),
        "threshold": BayesianThreshold(),
        "bic, pairs": BestBIC(max_order=2),
        "bic, all": BestBIC(),
        "graphs": GraphAverage(),
        "latent": LatentClass(),
    }
    print(f"{'':12} {'here':>8} {'R':>8}   depends on")
    for name, estimator in estimators.items():
        result = estimator.fit(table, seed=1)
        print(f"{name:12} {result.estimate:8,.0f} {R_SAYS[name]:8,}   {', '.join(result.terms)}")
    spread = AllModels().spread(table)
    print(f"\n{spread.fitted:,} of {len(spread.status):,} models can be fitted; the best by BIC:")
    for row in range(8):
        print(f"{spread.bic[row]:9.3f} {spread.total[row]:8,.0f}  {spread.notation(row)}")


if __name__ == "__main__":
    main()
