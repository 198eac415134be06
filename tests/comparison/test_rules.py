"""Rules of the verdict that are fixed before the run: the reference and the region of equivalence."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import GroupKFold, KFold
from sklearn.neighbors import KNeighborsRegressor

import skdl
from skdl.exceptions import PipelineFileError, UsageError

X, Y = load_diabetes(return_X_y=True, as_frame=True)
MODELS = {"ridge": Ridge(), "lasso": Lasso(), "knn": KNeighborsRegressor()}


def compared(**options):
    """Compare three models over ten folds."""
    return skdl.compare(MODELS, X, Y, cv=10, repeats=1, metrics=["rmse"], insight=False, **options)


@pytest.fixture(scope="module")
def plain():
    """Compare them with the default rules."""
    return compared()


@pytest.fixture(scope="module")
def against_knn():
    """Compare them with k-NN as the reference."""
    return compared(reference="knn")


def by_holm(p_values):
    """Adjust p-values by the steps of Holm (1979)."""
    order, running, adjusted = np.argsort(p_values), 0.0, np.empty(len(p_values))
    for step, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - step) * p_values[index]))
        adjusted[index] = running
    return adjusted.tolist()


def test_a_reference_named_before_the_run_has_as_many_tests_as_other_models(plain, against_knn):
    """The p-values of a reference chosen afterwards are adjusted over all pairs."""
    named, chosen = against_knn.differences(), plain.differences(reference="knn")
    assert named.index.tolist() == chosen.index.tolist()
    assert named.p_adjusted.tolist() == pytest.approx(by_holm(named.p_value.to_numpy()))
    assert (named.p_adjusted <= chosen.p_adjusted).all()
    assert (named.p_adjusted < chosen.p_adjusted).any()


def test_differences_are_from_the_reference_that_was_named(plain, against_knn):
    """By default from the leader."""
    assert "knn" not in against_knn.differences().index
    assert plain.comparison.verdict.leader not in plain.differences().index


def test_the_region_of_equivalence_can_be_given():
    """Within a region as wide as the scores, all models are equivalent."""
    found = compared(equivalence=1000.0)
    assert (found.differences().p_equivalent > 0.999).all()
    assert "equivalent" in found.verdict.reasons


def test_an_unknown_reference_is_refused():
    """The nearest name is offered."""
    with pytest.raises(UsageError, match="reference must be the name of a model; got 'rigde'; did you mean ridge"):
        compared(reference="rigde")


@pytest.mark.parametrize("width", [0.0, -1.0, float("inf"), float("nan")])
def test_a_region_of_equivalence_without_a_finite_width_is_refused(width):
    with pytest.raises(UsageError, match="equivalence must be a number above 0"):
        compared(equivalence=width)


def test_a_pipeline_file_gives_the_rules_too(tmp_path):
    """A wrong name is an error when the file is read, with its line."""
    text = "data: {source: 'builtin:diabetes', target: progression}\nmodels: {ridge: {}, knn: {}}\ncompare:\n"
    (tmp_path / "fat.yaml").write_text(f"{text}  cv: {{folds: 4, repeats: 1}}\n  reference: knn\n  equivalence: 2.5\n")
    found = skdl.compare(skdl.read_pipeline(tmp_path / "fat.yaml"), output_dir=tmp_path / "out", insight=False)
    assert (found.comparison.reference, found.comparison.equivalence) == ("knn", 2.5)
    (tmp_path / "fat.yaml").write_text(f"{text}  reference: knm\n")
    with pytest.raises(PipelineFileError, match=r"fat.yaml:4:14: compare.reference: must be the name of a model"):
        skdl.read_pipeline(tmp_path / "fat.yaml")


def test_other_rules_use_the_folds_of_an_earlier_run(tmp_path):
    """They change how scores are read, not the scores."""
    resumed = []
    for width in (1.0, 2.0):
        compared(
            equivalence=width, output_dir=tmp_path, listener=lambda event: resumed.append(getattr(event, "resumed", ()))
        )
    assert max(map(len, resumed)) == 4 * 10


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored:UserWarning")
def test_folds_that_split_groups_name_no_winner():
    """A splitter that does not use them."""
    groups = np.arange(len(Y)) // 2
    for cv, is_cut in ((KFold(10, shuffle=True, random_state=0), True), (GroupKFold(10), False)):
        found = skdl.compare(MODELS, X, Y, cv=cv, groups=groups, metrics=["rmse"], insight=False)
        assert ("shuffled_groups" in found.verdict.reasons) is is_cut


def test_folds_that_train_on_the_future_name_no_winner(tmp_path):
    """A splitter that does not use the time column of the file."""
    X.assign(y=Y, day=np.arange(len(Y))).to_csv(tmp_path / "table.csv", index=False)
    (tmp_path / "fat.yaml").write_text(
        "data: {source: table.csv, target: y, time: day}\nmodels: {ridge: {}, knn: {}}\n"
    )
    spec = skdl.read_pipeline(tmp_path / "fat.yaml")
    for cv, looks_ahead in ((KFold(5, shuffle=True, random_state=0), True), (None, False)):
        found = skdl.compare(spec, cv=cv, output_dir=tmp_path / str(looks_ahead), insight=False)
        assert ("shuffled_time" in found.verdict.reasons) is looks_ahead
