"""Splits that a pipeline file asks for."""

import numpy as np
import pandas as pd
import pytest
import yaml

import skdl
from skdl.exceptions import DataError, PipelineFileError, UsageError
from skdl.pipeline import draw_folds

N = 60
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame({"x": RNG.normal(size=N).round(3), "fold": RNG.permutation(N) % 12, "site": np.arange(N) % 9})
TABLE["y"] = (TABLE["x"] + RNG.normal(size=N)).round(3)
TABLE["class"] = np.where(TABLE["y"] > 0, "high", "low")
CLASSES = {"target": "class", "data": "drop: [y]"}
SEARCHED = "{knn: {search: {n_neighbors: [1, 3]}}}"


def parts(table):
    """Draw the folds of a loaded table: train and test."""
    columns = {"groups": table.groups, "time": table.time, "folds": table.folds}
    return [split[2:] for split in draw_folds(table.plan, table.y, **columns)]


def test_each_value_of_a_column_of_folds_is_tested_once(pipeline):
    """In the order of the numbers, and no model is shown the column."""
    table = pipeline(TABLE, data="drop: [class], folds: fold").load_table()
    assert [set(TABLE["fold"][test]) for _, test in parts(table)] == [{number} for number in range(12)]
    assert list(table.X) == ["x", "site"]
    assert (table.plan.n_splits, table.plan.description) == (12, "folds of column fold")


def test_values_of_a_column_of_folds_may_be_text(pipeline):
    """In the order of the alphabet."""
    frame = TABLE.assign(fold=np.where(TABLE["fold"] < 5, "b", "a"))
    table = pipeline(frame, data="drop: [class], folds: fold").load_table()
    assert [frame["fold"][test[0]] for _, test in parts(table)] == ["a", "b"]


@pytest.mark.parametrize(
    ("fold", "message"),
    [
        (TABLE["fold"].where(TABLE.index != 7), "must have a value in every row; row 8 of 'fold' has none"),
        (1, "must have two values or more; every row of 'fold' has 1"),
    ],
    ids=["a gap", "one value"],
)
def test_a_column_that_holds_no_folds_is_a_fault(pipeline, fold, message):
    with pytest.raises(PipelineFileError, match=rf"x.yaml:1:\d+: data.folds: {message}"):
        pipeline(TABLE.assign(fold=fold), data="drop: [class], folds: fold").load_table()


def test_a_column_of_a_value_a_row_holds_no_folds(pipeline):
    """More than a hundred are groups, or numbers of rows."""
    frame = pd.concat([TABLE, TABLE], ignore_index=True).assign(fold=np.arange(2 * N))
    with pytest.raises(PipelineFileError, match=r"at most; 'fold' has 120. If it is a column of groups"):
        pipeline(frame, data="drop: [class], folds: fold").load_table()


def test_a_target_holds_no_folds(pipeline):
    """It is already another column."""
    with pytest.raises(PipelineFileError, match=r"data.folds: 'y' is the target"):
        pipeline(TABLE, data="folds: y").load_table()


CLASHES = {
    "hold-out and folds": ("", "holdout: 0.2, folds: 3", "compare.cv.holdout: must not be set with compare.cv.folds"),
    "hold-out and repeats": ("", "holdout: 0.2, repeats: 3", "compare.cv.holdout: .* with compare.cv.repeats"),
    "column and groups": (", folds: fold, groups: site", "", "data.folds: must not be set with data.groups"),
    "column and time": (", folds: fold, time: x", "", "data.folds: must not be set with data.time"),
    "column and folds": (", folds: fold", "folds: 3", "data.folds: must not be set with compare.cv.folds"),
    "column and hold-out": (", folds: fold", "holdout: 0.2", "data.folds: must not be set with compare.cv.holdout"),
    "strata and time": (", time: x", "stratify: true", "compare.cv.stratify: must not be set with data.time"),
    "hold-out of nothing": ("", "holdout: 0", "compare.cv.holdout: must be above 0; got 0"),
    "hold-out of all": ("", "holdout: 1", "compare.cv.holdout: must be below 1; got 1"),
    "hold-out of five": ("", "holdout: 5", "compare.cv.holdout: must be below 1; got 5"),
    "hold-out of no number": ("", "holdout: .nan", "compare.cv.holdout: must be below 1; got nan"),
    "hold-out of text": ("", "holdout: a", "compare.cv.holdout: must be a number; got 'a'"),
    "hold-out of yes": ("", "holdout: true", "compare.cv.holdout: must be a number; got True"),
    "strata of text": ("", "stratify: by class", "compare.cv.stratify: must be true or false; got 'by class'"),
    "a word that is near": ("", "hold_out: 0.2", "compare.cv.hold_out: no such key; did you mean holdout"),
}


@pytest.mark.parametrize(("data", "cv", "message"), CLASHES.values(), ids=CLASHES)
def test_contradictory_keys_are_faults(read, data, cv, message):
    """At the position of the key, with the key that it contradicts."""
    text = f"data: {{source: x.csv, target: y{data}}}\nmodels: {{linear: }}\ncompare: {{cv: {{{cv}}}}}\n"
    with pytest.raises(PipelineFileError, match=rf"x.yaml:[13]:\d+: {message}"):
        read(text)


def test_null_removes_a_key_of_the_file(read):
    """Then another way to split can be set."""
    text = "data: {source: x.csv, target: y}\nmodels: {linear: }\ncompare: {cv: {folds: 3}}\n"
    cv = read(text, ["compare.cv.folds=null", "compare.cv.holdout=0.2"]).compare.cv
    assert (cv.folds, cv.holdout) == (None, 0.2)


@pytest.mark.parametrize(
    ("target", "stratify", "words"),
    [
        ("class", "null", "stratified k-fold"),
        ("class", "false", "k-fold"),
        ("y", "null", "k-fold"),
        ("y", "true", "quantile-stratified k-fold"),
    ],
)
def test_strata_are_by_task_unless_the_file_sets_them(pipeline, target, stratify, words):
    """Classes have them, numbers on request."""
    spec = pipeline(TABLE, target=target, models="{knn: }", more=f"compare: {{cv: {{stratify: {stratify}}}}}")
    assert spec.load_table().plan.description == words


def test_strata_of_several_targets_are_refused(read):
    """They have no common order."""
    text = "data: {source: x.csv, target: [y, x]}\nmodels: {linear: }\ncompare: {cv: {stratify: true}}\n"
    with pytest.raises(PipelineFileError, match=r"compare.cv.stratify: must be left out with several targets"):
        read(text)


@pytest.mark.parametrize(
    ("data", "cv", "message"),
    [
        ("folds: fold", "", r"x.yaml:1:\d+: data.folds: no row of class 'solo' .* where 'fold' is \d+ in the test"),
        (
            "",
            "stratify: false",
            r"x.yaml:3:\d+: compare.cv.stratify: no row of class 'solo' .* in fold \d+ of repeat 1",
        ),
    ],
    ids=["column", "no strata"],
)
def test_every_class_must_be_there_to_train_on(pipeline, data, cv, message):
    """On the very splits that are run."""
    frame = TABLE.assign(**{"class": TABLE["class"].where(TABLE.index != 5, "solo")})
    data = f"drop: [y], {data}".rstrip(", ")
    spec = pipeline(frame, target="class", data=data, models="{knn: }", more=f"compare: {{cv: {{{cv}}}}}")
    with pytest.raises(PipelineFileError, match=message):
        spec.load_table()


def test_a_search_needs_its_classes_in_the_training_part_of_a_hold_out(pipeline):
    frame = TABLE.assign(**{"class": TABLE["class"].where(TABLE.index > 2, "rare")})
    spec = pipeline(frame, **CLASSES, models=SEARCHED, more="compare: {cv: {holdout: 0.4}}")
    with pytest.raises(DataError, match="3 folds inside the stratified hold-out of 40 % needs more rows"):
        spec.load_table()


@pytest.mark.parametrize(
    ("data", "cv", "inner"),
    [
        ("drop: [class]", "", "KFold"),
        ("drop: [class], folds: fold", "", "KFold"),
        ("drop: [class], groups: site", "folds: 3", "GroupKFold"),
        ("drop: [class], groups: site", "holdout: 0.3", "GroupKFold"),
        ("drop: [class], time: fold", "folds: 3", "TimeSeriesSplit"),
        ("drop: [class], time: fold", "holdout: 0.3", "TimeSeriesSplit"),
        ("drop: [class]", "stratify: true", "ByQuantiles"),
        ("drop: [y]", "", "StratifiedKFold"),
    ],
)
def test_a_search_is_split_as_the_folds_are(pipeline, data, cv, inner):
    """Stratified for classes, whole groups, never training on the future; of a column of folds by rows."""
    target = "class" if "[y]" in data else "y"
    spec = pipeline(TABLE, target=target, data=data, models=SEARCHED, more=f"compare: {{cv: {{{cv}}}}}")
    splitter = spec.estimators()["knn"].cv
    assert type(splitter).__name__ == inner
    assert splitter.get_n_splits() == 3


@pytest.mark.parametrize(
    ("data", "cv", "inner", "averaged"),
    [
        ("drop: [y], folds: fold", "", "StratifiedKFold", False),
        ("drop: [y]", "holdout: 0.3", "StratifiedKFold", False),
        ("drop: [y], groups: site", "folds: 3", "StratifiedGroupKFold", True),
        ("drop: [y], groups: site", "holdout: 0.3", "StratifiedGroupKFold", True),
        ("drop: [y], time: site", "folds: 3", "TimeSeriesSplit", True),
        ("drop: [y]", "stratify: false", "KFold", False),
    ],
)
def test_calibration_and_threshold_are_split_as_the_folds_are(pipeline, data, cv, inner, averaged):
    """Copies are averaged where groups or time allow no prediction of every row by a model of all the others."""
    asked = f"classes: {{calibrate: sigmoid, threshold: f1}}\ncompare: {{cv: {{{cv}}}}}"
    model = pipeline(TABLE, target="class", data=data, more=asked, models="{logistic: }").estimators()["logistic"]
    assert type(model.cv).__name__ == type(model.estimator.cv).__name__ == inner
    assert model.estimator.ensemble is averaged


def test_successive_halving_counts_the_rows_that_a_hold_out_leaves(pipeline):
    """A fifth of the table is too little to halve; the note names how many rows would do."""
    frame = TABLE.drop(columns="class").sample(1000, replace=True, random_state=0)
    spec = pipeline(frame, models=SEARCHED, more="compare: {cv: {holdout: 0.9}, tune: {search: halving}}")
    assert any("needs 180 rows to train on" in note.text for note in spec.load_table().notes)


def test_calibration_counts_the_rows_that_a_column_of_folds_leaves(pipeline):
    """Four of the rarest class are left in the worst of the training parts, not six; so it is of X and y alone too."""
    folds = [0, 0, 0, 0, 1, 1, 2, 3, *np.arange(N - 8) % 4]
    frame = TABLE.assign(**{"class": TABLE["class"].where(TABLE.index > 7, "rare"), "fold": folds})
    spec = pipeline(
        frame, target="class", data="drop: [y], folds: fold", models="{svm: }", more="compare: {metrics: log_loss}"
    )
    X, y = spec.load()
    assert spec.estimators(X, y)["svm"][-1].cv == 3


@pytest.mark.parametrize(
    ("n_rows", "cv", "folds", "repeats"), [(12_000, "{}", 10, 1), (12_000, "{folds: 2}", 2, 3), (60, "{}", 10, 3)]
)
def test_a_lock_records_the_resolved_splits(pipeline, tmp_path, n_rows, cv, folds, repeats):
    """The lock gives the same folds if the default rule changes."""
    frame = TABLE.drop(columns="class").sample(n_rows, replace=True, random_state=0)
    found = skdl.compare(
        pipeline(frame, models="{dummy: , linear: }", more=f"compare: {{cv: {cv}, insight: false}}"),
        output_dir=tmp_path / "r",
    )
    locked = yaml.safe_load((tmp_path / "r" / "lock.yaml").read_text())
    assert locked["pipeline"]["compare"]["cv"]["folds"] == locked["splits"]["folds"] == folds
    assert locked["pipeline"]["compare"]["cv"]["repeats"] == locked["splits"]["repeats"] == repeats
    assert any("one repeat" in str(note) for note in found.summary.data.notes) == (repeats == 1)


def test_folds_asked_for_in_python_do_not_go_with_a_hold_out(pipeline):
    """The file asks for one split."""
    spec = pipeline(TABLE, data="drop: [class]", more="compare: {cv: {holdout: 0.2}}")
    with pytest.raises(UsageError, match="cv and repeats must be left out where the file names a hold-out"):
        skdl.compare(spec, cv=3)
