"""The steps of a fitted transformer, however nested, each with the rows it was fed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dataaudit.analyzers.leakage.transformer_rows import Rows, Union, copied, picked, picked_names
from dataaudit.model import CannotTell, Name

TARGET_ENCODERS = ("LabelBinarizer", "LabelEncoder", "MultiLabelBinarizer")
"""Steps that learn from the target alone."""


@dataclass(frozen=True)
class Step:
    """One fitted step.

    Attributes
    ----------
    path : str
        Where it stands, as scikit-learn's parameters are named: "num__scale"; empty where it stands alone.
    estimator : object
        The fitted step.
    rows : Rows
        What it was fed.
    columns : tuple of Name
        Input columns of the data that its input comes from.
    predictor : bool
        Whether it ends a pipeline as a model, which is not compared.
    """

    path: str
    estimator: Any
    rows: Rows
    columns: tuple[Name, ...]
    predictor: bool = False

    @property
    def title(self) -> str:
        """Return "StandardScaler 'num__scale'"."""
        kind = type(self.estimator).__name__
        return f"{kind} '{self.path}'" if self.path else kind


def steps_of(
    estimator: Any, rows: Rows, target: Rows | None, columns: tuple[Name, ...], path: str = ""
) -> Iterator[Step]:
    """Yield every step that learns, in the order in which the rows pass.

    Parameters
    ----------
    estimator : object
        A fitted step, or a Pipeline, ColumnTransformer or FeatureUnion of them, or a search around one.
    rows : Rows
        What it was fed.
    target : Rows or None
        The target, for steps that are fitted with it.
    columns : tuple of Name
        Input columns that `rows` comes from.
    path : str
        Where it stands.
    """
    inner = getattr(estimator, "best_estimator_", None)
    if inner is not None:
        yield from steps_of(inner, rows, target, columns, path)
    elif hasattr(estimator, "steps"):
        yield from _pipeline(estimator, rows, target, columns, path)
    elif hasattr(estimator, "transformers_"):
        for name, step, key in estimator.transformers_:
            if isinstance(step, str) or _is_empty(key):
                continue
            branch = rows.then(_picker(key))
            yield from steps_of(step, branch, target, picked_names(columns, key), _below(path, name))
    elif hasattr(estimator, "transformer_list"):
        for name, step in estimator.transformer_list:
            if not isinstance(step, str) and step is not None:
                yield from steps_of(step, rows, target, columns, _below(path, name))
    else:
        yield Step(path, estimator, rows, columns, not hasattr(estimator, "transform"))


def _pipeline(pipeline: Any, rows: Rows, target: Rows | None, columns: tuple[Name, ...], path: str) -> Iterator[Step]:
    for name, step in pipeline.steps:
        if step is None or isinstance(step, str):
            continue
        yield from steps_of(step, rows, target, columns, _below(path, name))
        rows = _after(step, rows, target, _below(path, name))


def _after(step: Any, rows: Rows, target: Rows | None, path: str) -> Rows:
    """Return what the next step was fed while the pipeline was fitted."""
    if hasattr(step, "fit_resample"):
        return Rows(_refuse(f"it comes after '{path}', which draws the rows anew"), joint=True)
    encoders = [e for e in _all_estimators(step) if _cross_fits(e)]
    if not encoders:
        return rows.then(lambda X: step.transform(X))
    if any(_draws_folds(encoder) for encoder in encoders):
        return Rows(
            _refuse(f"it comes after '{path}', whose folds are drawn at random: give them a random_state"), joint=True
        )

    def make(union: Union) -> Any:
        from sklearn.base import clone

        if target is None:
            raise CannotTell(f"it comes after '{path}', which needs the target")
        return clone(step).fit_transform(copied(rows.of(union)), target.of(union))

    return Rows(make, joint=True)


def _cross_fits(estimator: Any) -> bool:
    """Whether fit_transform gives other values than fit and transform, as scikit-learn's TargetEncoder does."""
    kind = type(estimator)
    return kind.__name__ == "TargetEncoder" and kind.__module__.startswith("sklearn.")


def _draws_folds(encoder: Any) -> bool:
    """Whether its folds differ from one fit to the next: scikit-learn 1.9 moved their seed into `cv`."""
    folds = encoder.cv if hasattr(encoder.cv, "split") else encoder
    return bool(getattr(folds, "shuffle", True)) and not isinstance(getattr(folds, "random_state", None), int)


def _all_estimators(estimator: Any) -> Iterator[Any]:
    yield estimator
    nested = [*getattr(estimator, "steps", ()), *getattr(estimator, "transformer_list", ())]
    for entry in [*nested, *getattr(estimator, "transformers_", ())]:
        if not isinstance(entry[1], str) and entry[1] is not None:
            yield from _all_estimators(entry[1])


def _picker(key: Any) -> Callable[[Any], Any]:
    return lambda X: picked(X, key)


def _refuse(why: str) -> Callable[[Union], Any]:
    def make(union: Union) -> Any:
        raise CannotTell(why)

    return make


def _below(path: str, name: str) -> str:
    return f"{path}__{name}" if path else name


def _is_empty(key: Any) -> bool:
    if isinstance(key, slice | str) or callable(key):
        return False
    values = list(key) if hasattr(key, "__iter__") else [key]
    return not values or (all(isinstance(v, bool) for v in values) and not any(values))
