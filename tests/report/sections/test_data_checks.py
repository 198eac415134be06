"""Findings of the data checks."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

import skdl

N = 200
RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N), "c": RNG.normal(size=N)})
Y = X["a"] + X["b"] + RNG.normal(size=N)


def compared(X, y=Y, model=None, metric="rmse", **options):
    """Compare a model with the dummy over four folds."""
    models = {"model": model or LinearRegression()}
    return skdl.compare(models, X, y, cv=4, repeats=1, metrics=[metric], insight=False, **options).summary


def found(*table, **options):
    """Return the checks of a comparison by code, as plain values."""
    return by_code(compared(*table, **options))


def by_code(summary):
    """Return the checks in their order."""
    return {check.code: asdict(check) for check in summary.data.checks}


def test_a_clean_table_lists_the_checks():
    checks = found(X)
    assert list(checks) == ["duplicates", "leakage", "constant", "identifier", "missing", "too_good"]
    assert {check["level"] for check in checks.values()} == {"fine"}


def test_copies_across_folds_are_grave():
    """Every row is duplicated: three in four have their duplicate in training."""
    checks = found(pd.concat([X, X], ignore_index=True), pd.concat([Y, Y], ignore_index=True))
    assert checks["duplicates"]["values"] == {"n": N, "of": 2 * N}
    assert checks["twins"]["level"] == "grave"
    assert checks["twins"]["values"]["share"] == pytest.approx(0.75, abs=0.08)


def test_equal_features_with_different_targets_are_mild():
    coarse = (X > 0.0).astype(float)
    checks = found(coarse, (Y > 0.0).astype(int), LogisticRegression(), "accuracy")
    assert checks["twins"]["values"]["share"] > 0.9
    assert checks["twins"]["level"] == "mild"


@pytest.mark.parametrize("kind", ["number", "two classes", "three classes"])
def test_a_column_that_holds_the_target_leaks(kind):
    """The other columns do not predict it nearly as well."""
    y = {"number": Y, "two classes": Y > 0.0, "three classes": pd.cut(Y, 3, labels=list("lmh")).astype(str)}[kind]
    leak = pd.factorize(y)[0] if kind != "number" else y
    model, metric = (None, "rmse") if kind == "number" else (LogisticRegression(), "accuracy")
    check = found(X.assign(leak=leak + RNG.normal(scale=0.01, size=N)), y, model, metric)["leakage"]
    assert (check["level"], check["columns"]) == ("grave", ["leak"])


def test_a_leak_is_found_among_more_columns_than_are_tried():
    """The columns most associated with the target are tried first."""
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 120)), columns=[f"x{place}" for place in range(120)])
    checks = found(wide, wide["x119"] + 0.001 * X["a"])
    assert (checks["leakage"]["level"], checks["leakage"]["columns"]) == ("grave", ["x119"])


def test_an_easy_target_is_not_leakage():
    """Most columns predict it alone."""
    easy = X.assign(**{name: 10.0 * Y + RNG.normal(scale=0.01, size=N) for name in "bc"})
    assert found(easy)["leakage"]["level"] == "fine"


def test_the_gravest_comes_first():
    """Whatever the order of the checks."""
    levels = [check["level"] for check in found(X.assign(a=1.0, leak=Y)).values()]
    assert levels == sorted(levels, key=["grave", "mild", "fine"].index)
    assert levels[0] == "grave"


def test_a_rare_class_is_named():
    """With the accuracy of always predicting the other class."""
    y = np.where(np.arange(N) < 12, "yes", "no")
    check = found(X, y, LogisticRegression(), "accuracy")["imbalance"]
    assert check["values"] == {"rarest": "yes", "share": 0.06, "commonest_share": 0.94}


def test_columns_without_information_are_named():
    """One value, a count of the rows, and hardly any value."""
    odd = X.assign(one=1.0, number=np.arange(N)[::-1], hole=np.where(np.arange(N) < 90, 1.5, np.nan))
    odd.loc[0, "hole"] = 2.5
    checks = found(odd, model=HistGradientBoostingRegressor(max_iter=2))
    assert [checks[code]["columns"] for code in ("constant", "identifier", "missing")] == [
        ["one"],
        ["number"],
        ["hole"],
    ]


def test_columns_that_were_left_out_are_named(tmp_path):
    """The models of a pipeline file do not see them."""
    X.assign(who=[f"person {row}" for row in range(N)], y=Y).to_csv(tmp_path / "t.csv", index=False)
    values = {
        "name": "t",
        "data": {"source": str(tmp_path / "t.csv"), "target": "y"},
        "models": {"linear": None},
        "compare": {"insight": False, "cv": {"folds": 3, "repeats": 1}},
    }
    summary = skdl.compare(skdl.PipelineSpec.model_validate(values), output_dir=tmp_path / "out", insight=False).summary
    assert by_code(summary)["names_left_out"]["columns"] == ["who"]


@pytest.fixture(scope="module")
def in_time(tmp_path_factory):
    """Compare on a table whose columns move with time."""
    folder = tmp_path_factory.mktemp("time")
    table = X.assign(day=np.arange(N), trend=np.arange(N) / 10.0, shop=np.where(np.arange(N) < 150, "old", "new"), y=Y)
    table.sample(frac=1.0, random_state=0).to_csv(folder / "t.csv", index=False)
    values = {
        "name": "t",
        "data": {"source": str(folder / "t.csv"), "target": "y", "time": "day"},
        "models": {"linear": None},
        "compare": {"insight": False, "cv": {"folds": 4}},
    }
    return skdl.compare(skdl.PipelineSpec.model_validate(values), output_dir=folder / "out", insight=False).summary


def test_a_column_that_moves_with_time_drifts(in_time):
    """Its test rows are beyond all rows before them; the other columns do not drift."""
    check = by_code(in_time)["drift"]
    assert (check["columns"], check["values"]["distances"]) == (["trend"], [1.0])


def test_a_category_that_comes_later_is_new(in_time):
    """In one fold of four at most it was never seen."""
    check = by_code(in_time)["unseen"]
    assert check["columns"] == ["shop"]
    assert 0.0 < check["values"]["shares"][0] <= 0.25


def test_shuffled_folds_are_not_held_against_each_other():
    assert "drift" not in found(X)


def test_a_failing_check_is_reported():
    """The other checks still run."""
    lists = X.assign(d=[[row] for row in range(N)])
    model = make_pipeline(FunctionTransformer(lambda X: X[["a", "b"]]), LinearRegression())
    checks = found(lists, model=model)
    assert checks["failed"]["level"] == "mild"
    assert "missing" in checks


def warned(*table, lang="en"):
    """Return the checks and what stands above the verdict."""
    summary = compared(*table)
    return by_code(summary), skdl.report.warning_sentences(summary, lang)


def test_two_columns_whose_sum_is_the_target_are_named_above_the_verdict():
    checks, sentences = warned(X, 2.0 * X["a"] + X["c"])
    assert (checks["pair"]["level"], sorted(checks["pair"]["columns"])) == ("grave", ["a", "c"])
    assert checks["too_good"]["values"]["measure"] == "r2"
    assert sentences[0].startswith("Leakage: The target is a linear formula of a, c (R² 1.000)")
    assert "R² of model on test rows is 1.000" in sentences[1]


def test_a_product_of_two_columns_is_a_formula_of_their_logarithms():
    sizes = np.exp(X)
    checks, _ = warned(sizes, sizes["a"] / sizes["b"])
    assert (checks["pair"]["values"]["form"], sorted(checks["pair"]["columns"])) == ("product", ["a", "b"])


@pytest.mark.parametrize("rest", [X["a"] - X["b"], X["a"] + X["b"]], ids=["difference", "sum"])
def test_two_columns_that_a_class_is_computed_from_are_named(rest):
    checks, sentences = warned(X, (rest > 0.0).astype(int), LogisticRegression(), "accuracy")
    assert (checks["pair"]["values"]["form"], sorted(checks["pair"]["columns"])) == ("tree", ["a", "b"])
    assert "a, b together predict the target" in sentences[0] or "b, a together predict the target" in sentences[0]


def test_two_columns_of_a_table_of_two_are_no_leak():
    checks, _ = warned(X[["a", "b"]], X["a"] + X["b"])
    assert "pair" not in checks


@pytest.mark.parametrize(("lang", "part"), [("en", "classifies all 200 test rows"), ("ko", "모두 맞혔습니다")])
def test_perfect_classes_are_too_good_to_be_true(lang, part):
    """Each column predicts them: an easy target, or all of them are computed from it."""
    y = np.where(Y > 0.0, "yes", "no")
    features = X.add(5.0 * np.sign(Y), axis=0)
    checks, sentences = warned(features, y, DecisionTreeClassifier(), "accuracy", lang=lang)
    assert checks["too_good"]["level"] == "grave"
    assert part in sentences[0]


def test_a_constant_target_is_not_too_good_to_be_true():
    """The dummy predicts it without error, too."""
    checks, _ = warned(X, pd.Series(np.full(N, 3.0)))
    assert checks["too_good"]["level"] == "fine"


def test_few_rows_may_all_be_right():
    checks, sentences = warned(X[:40], (X["a"][:40] > 0.0).astype(int), DecisionTreeClassifier(), "accuracy")
    assert checks["too_good"]["level"] == "fine"
    assert [sentence for sentence in sentences if "correctly" in sentence] == []
