"""Accuracy and time of strong networks beside boosting and forests, on real tables with one protocol for all.

``--tables FOLDER`` holds a module ``tables.py`` with ``TABLES`` and ``load(name) -> X, y, "reg" or "clf"`` (categories
as text, missing cells NaN). Each split is 60 / 20 / 20 by its seed: every method is fitted on the 60 %, those that stop
early or choose an epoch get the same 20 % to do so, and all are measured on the last 20 %. ``NAME@80`` is fitted on
80 % and chooses its own validation rows, as bags do. The summary is the geometric mean of (error + 0.01) relative to
CatBoost's defaults; error is the RMSE in standard deviations of the target, or the error rate. Differences below 1.5 %
are ties. Peers that are not installed are left out.

    python benchmarks/strong_networks.py --tables FOLDER --out strong.jsonl [--splits 1] [--methods NAME ...]

The file is continued where it exists.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

import skdl
from skdl.preprocessing import PiecewiseLinearEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

SHIFT, CLIP, REFERENCE = 0.01, 1e-6, "catboost"


class Split:
    """Training, validation and test rows of one split, and which columns are categories."""

    def __init__(self, X: pd.DataFrame, y: Any, task: str, seed: int, *, joined: bool) -> None:
        self.is_classification, self.seed = task == "clf", seed
        self.deviation = float(np.std(y)) if task == "reg" else 1.0
        self.categories = [name for name in X if X[name].dtype == object]
        X = X.assign(**{name: X[name].fillna("missing") for name in self.categories})
        y = np.asarray(y)

        def halves(X: Any, y: Any, share: float) -> Any:
            return train_test_split(X, y, test_size=share, random_state=seed, stratify=y if task == "clf" else None)

        rows, self.X_test, labels, self.y_test = halves(X, y, 0.2)
        if joined:
            self.X, self.y, self.X_val, self.y_val = rows, labels, None, None
        else:
            self.X, self.X_val, self.y, self.y_val = halves(rows, labels, 0.25)

    def columns(self, category: Any, number: Any = "passthrough") -> ColumnTransformer:
        """Return preprocessing of categories and numbers, fitted on the training rows."""
        numbers = [name for name in self.X if name not in self.categories]
        return ColumnTransformer([("number", number, numbers), ("category", category, self.categories)]).fit(self.X)


def plain(split: Split, scaler: Any = None, **parameters: Any) -> tuple[Any, Any]:
    """Fit the plain network behind imputation, scaling and one-hot encoding."""
    scale = make_pipeline(SimpleImputer(strategy="median"), scaler or StandardScaler())
    coding = split.columns(OneHotEncoder(handle_unknown="ignore", sparse_output=False), scale)
    cls = skdl.KerasMLPClassifier if split.is_classification else skdl.KerasMLPRegressor
    net = cls(**parameters, random_state=split.seed)
    given = {"X_val": coding.transform(split.X_val), "y_val": split.y_val} if net.early_stopping else {}
    return net.fit(coding.transform(split.X), split.y, **given), coding.transform


def piecewise(split: Split) -> tuple[Any, Any]:
    """Fit the plain network as ``skdl init`` chooses it: numbers by bins, a penalty, and averaged weights."""
    wide = {"hidden_layer_sizes": (128, 64), "dropout": 0.2} if split.is_classification else {}
    few = {"batch_size": 32} if len(split.X) < 2_000 else {}
    chosen = {"early_stopping": True, "averaging": 0.9, "learning_rate": 0.003, "l2": 0.003, **wide, **few}
    return plain(split, PiecewiseLinearEncoder(), **chosen)


def real_mlp(split: Split, **parameters: Any) -> tuple[Any, Any]:
    """Fit a RealMLP on the raw table."""
    cls = skdl.KerasRealMLPClassifier if split.is_classification else skdl.KerasRealMLPRegressor
    given = {} if split.X_val is None else {"X_val": split.X_val, "y_val": split.y_val}
    return cls(**parameters, random_state=split.seed).fit(split.X, split.y, **given), lambda X: X


def forest(split: Split) -> tuple[Any, Any]:
    """Fit a random forest on ordinal codes."""
    coding = split.columns(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1))
    cls = RandomForestClassifier if split.is_classification else RandomForestRegressor
    return cls(n_jobs=2, random_state=split.seed).fit(coding.transform(split.X), split.y), coding.transform


def levels(split: Split) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return the function that makes pandas categories with the training rows' levels."""
    known = {name: sorted(split.X[name].unique()) for name in split.categories}
    return lambda X: X.assign(**{name: pd.Categorical(X[name], categories=known[name]) for name in known})


def hist_gradient_boosting(split: Split) -> tuple[Any, Any]:
    """Fit scikit-learn's boosting with its defaults."""
    coding = levels(split)
    cls = HistGradientBoostingClassifier if split.is_classification else HistGradientBoostingRegressor
    return cls(random_state=split.seed).fit(coding(split.X), split.y), coding


def lightgbm(split: Split) -> tuple[Any, Any]:
    """Fit LightGBM: 1,000 trees at a rate of 0.05, 50 rounds of patience."""
    import lightgbm as lgb

    coding = levels(split)
    cls = lgb.LGBMClassifier if split.is_classification else lgb.LGBMRegressor
    model = cls(n_estimators=1000, learning_rate=0.05, n_jobs=2, random_state=split.seed, verbosity=-1)
    rows = [(coding(split.X_val), split.y_val)]
    return model.fit(coding(split.X), split.y, eval_set=rows, callbacks=[lgb.early_stopping(50, verbose=False)]), coding


def catboost(split: Split) -> tuple[Any, Any]:
    """Fit CatBoost with its defaults."""
    import catboost as cb

    cls = cb.CatBoostClassifier if split.is_classification else cb.CatBoostRegressor
    model = cls(
        thread_count=2,
        random_seed=split.seed,
        verbose=False,
        allow_writing_files=False,
        cat_features=split.categories,
    )
    return model.fit(split.X, split.y), lambda X: X


def pytabkit(split: Split, name: str) -> tuple[Any, Any]:
    """Fit a RealMLP of pytabkit with PyTorch; it takes no gaps in numbers."""
    import pytabkit as peer

    medians = split.X.drop(columns=split.categories).median()
    cls = getattr(peer, f"{name}_{'Classifier' if split.is_classification else 'Regressor'}")
    model = cls(device="cpu", random_state=split.seed, n_threads=2, n_cv=1, n_refit=0)
    given = () if split.X_val is None else (split.X_val.fillna(medians), split.y_val)
    model.fit(split.X.fillna(medians), split.y, *given, cat_col_names=split.categories)
    return model, lambda X: X.fillna(medians)


METHODS: dict[str, Callable[[Split], tuple[Any, Any]]] = {
    "catboost": catboost,
    "catboost@80": catboost,
    "lightgbm": lightgbm,
    "hist_gradient_boosting": hist_gradient_boosting,
    "random_forest": forest,
    "keras_mlp, all epochs": lambda split: plain(split, early_stopping=False),
    "keras_mlp": lambda split: plain(split, early_stopping=True),
    "keras_mlp, piecewise": piecewise,
    "keras_real_mlp": real_mlp,
    "keras_real_mlp, error": lambda split: real_mlp(split, selection="error"),
    "keras_real_mlp, 5@80": lambda split: real_mlp(split, n_estimators=5),
    "pytabkit RealMLP-TD": lambda split: pytabkit(split, "RealMLP_TD"),
    "pytabkit RealMLP-TD-S": lambda split: pytabkit(split, "RealMLP_TD_S"),
}


def measure(method: str, X: pd.DataFrame, y: Any, task: str, seed: int) -> dict[str, float]:
    """Fit a method on a split; return its errors and seconds."""
    split = Split(X, y, task, seed, joined=method.endswith("@80"))
    started, cpu = time.perf_counter(), time.process_time()
    model, coding = METHODS[method](split)
    row = {"fit_s": time.perf_counter() - started, "cpu_s": time.process_time() - cpu}
    rows = coding(split.X_test)
    if not split.is_classification:
        errors = np.asarray(model.predict(rows)).ravel() - split.y_test
        return {**row, "error": float(np.sqrt(np.mean(errors**2))) / split.deviation}
    shares = np.clip(model.predict_proba(rows), CLIP, 1 - CLIP)
    shares /= shares.sum(axis=1, keepdims=True)
    wrong = np.mean(model.classes_[shares.argmax(axis=1)] != split.y_test)
    return {**row, "error": float(wrong), "log_loss": log_loss(split.y_test, shares, labels=model.classes_)}


def summarise(rows: list[dict[str, Any]]) -> None:
    """Print the geometric means relative to the reference, over the tables and splits that both have."""
    found = {(row["method"], row["table"], row["split"]): row for row in rows}
    names = ("error", "numbers", "classes", "log loss", "fit s", "cpu s", "fits")
    print(f"{'method':28}", *(f"{name:>8}" for name in names))
    for method in METHODS:
        ratios: dict[str, list[float]] = {"error": [], "reg": [], "clf": [], "log_loss": []}
        own = [row for row in rows if row["method"] == method]
        for row in own:
            reference = found.get((REFERENCE, row["table"], row["split"]))
            for measured in ("error", "log_loss"):
                if reference is not None and measured in row:
                    ratio = math.log((row[measured] + SHIFT) / (reference[measured] + SHIFT))
                    ratios[measured].append(ratio)
                    ratios[row["task"]] += [ratio] if measured == "error" else []
        if own:
            values = [f"{math.exp(np.mean(one)):.3f}" if one else "-" for one in ratios.values()]
            values += [f"{np.mean([row[name] for row in own]):.1f}" for name in ("fit_s", "cpu_s")]
            print(f"{method:28}", *(f"{value:>8}" for value in [*values, len(own)]))


def main() -> None:
    """Measure what is missing in the file, and print the summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    spec = importlib.util.spec_from_file_location("tables", options.tables / "tables.py")
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    rows = [json.loads(line) for line in options.out.read_text().splitlines()] if options.out.exists() else []
    known = {(row["method"], row["table"], row["split"]) for row in rows}
    for seed in range(options.splits):
        for table in tables.TABLES:
            X, y, task = tables.load(table)
            for method in options.methods:
                if (method, table, seed) in known:
                    continue
                try:
                    row = {"method": method, "table": table, "split": seed, "task": task}
                    row |= measure(method, X, y, task, seed)
                except ImportError:
                    continue
                rows.append(row)
                with options.out.open("a") as file:
                    file.write(json.dumps(row) + "\n")
    summarise(rows)


if __name__ == "__main__":
    main()
