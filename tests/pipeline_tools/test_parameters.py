"""Parameters of estimator classes, in the docstrings of several packages."""

import inspect

import pytest
from sklearn.linear_model import LinearRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import skdl
from skdl.catalogue import catalogue, find_class
from skdl.pipeline_tools import Parameter, choices_of, parameters_of


def class_with(docstring, default=None):
    """Make a class with one parameter and that docstring."""

    class Documented:
        def __init__(self, a=default):
            self.a = a

    Documented.__doc__ = docstring
    return Documented


def test_scikit_learn_gives_default_type_and_first_sentence():
    """Without the markup of its documentation."""
    assert parameters_of(KNeighborsRegressor)["n_neighbors"] == Parameter(
        "n_neighbors", 5, "int, default=5", "Number of neighbors to use by default for kneighbors queries."
    )


def test_an_entry_with_several_names_describes_each():
    """A line such as "l1, l2 : float"."""
    found = parameters_of(skdl.KerasMLPRegressor)
    assert found["l1"].type_text == found["l2"].type_text == "float, default=0.0"
    assert found["l2"].description.startswith("Weight regularisation of the hidden layers' kernels, as in Keras' L1L2")


def test_lightgbm_documents_its_constructor():
    """Parameters behind ``**kwargs`` are not listed."""
    lightgbm = pytest.importorskip("lightgbm")
    found = parameters_of(lightgbm.LGBMClassifier)
    assert found["num_leaves"] == Parameter(
        "num_leaves", 31, "int, optional (default=31)", "Maximum tree leaves for base learners."
    )
    assert "kwargs" not in found


def test_xgboost_leaves_most_parameters_to_its_parent():
    """The signature has one of them, ``get_params`` has all."""
    xgboost = pytest.importorskip("xgboost")
    found = parameters_of(xgboost.XGBRegressor)
    assert next(iter(found)) == "objective"
    assert found["max_depth"] == Parameter("max_depth", None, "Optional[int]", "Maximum tree depth for base learners.")
    assert found["booster"].description == "Specify which booster to use: gbtree, gblinear or dart."


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_every_parameter_of_the_catalogue_is_found_and_documented(entry):
    """Nothing is missing, nothing has a text that could not be read."""
    for task in ("regression", "classification"):
        if entry.path_for(task):
            pytest.importorskip(entry.path_for(task).partition(".")[0])
            cls = find_class(entry.name, task)
            found = parameters_of(cls)
            assert set(found) >= set(cls().get_params(deep=False))
            # CatBoost documents one of the names of a parameter, and its regressor refers to its classifier.
            assert entry.name == "catboost" or all(p.type_text and p.description for p in found.values())


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("See :class:`~sklearn.svm.SVC` for it.", "See SVC for it."),
        ("See :ref:`User Guide <svm>` and :doc:`this\n        </there>`.", "See User Guide and this."),
        ("As ``{a: b}`` or `b`, *both* **times** 2 * 3 * 4.", "As {a: b} or b, both times 2 * 3 * 4."),
        ("From `the paper <https://example.org>`_ [1]_.", "From the paper."),
        ("Some, e.g. Many. More.", "Some, e.g. Many."),
        ("Keras 3.15 copies. ``fit`` does not.", "Keras 3.15 copies."),
        ("The share of\n        rows:\n\n        - one", "The share of rows."),
        (".. versionadded:: 1.2\n           Long ago.\n\n        A word.", "A word."),
        ("A word\n\n        .. deprecated:: 1.2\n\n        More", "A word."),
        ("- Stops it. At once.\n        - Or not.", "Stops it."),
    ],
)
def test_the_description_is_one_sentence_without_markup(written, plain):
    """Roles, quotes, footnotes, directives and lists are taken away."""
    cls = class_with(f"Say.\n\n    Parameters\n    ----------\n    a : int\n        {written}\n    ")
    assert parameters_of(cls)["a"].description == plain


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("a : {'x', 'y'}, default='x'", "{'x', 'y'}, default='x'"),
        ("a: typing.Optional[int]", "Optional[int]"),
        ("a", ""),
        ("a : {'x',\n            'y'}", "{'x', 'y'}"),
        ("a : int, \\\n            default=1", "int, default=1"),
        ("a : :class:`~x.Y` or ``None``", "Y or None"),
    ],
)
def test_the_type_follows_the_name(line, plain):
    """On one line, or over several."""
    cls = class_with(f"Say.\n\n    Parameters\n    ----------\n    {line}\n        What it is.\n    ")
    assert parameters_of(cls)["a"] == Parameter("a", None, plain, "What it is.")


@pytest.mark.parametrize(
    "docstring",
    [
        None,
        "",
        "Parameters",
        "Parameters\n----------",
        "Say.\n\nParameters\n----------\n\n\nb : int\n  No.",
        "---\n---",
    ],
)
def test_missing_documentation_is_an_empty_text(docstring):
    assert parameters_of(class_with(docstring)) == {"a": Parameter("a", None, "", "")}


def test_a_parent_class_documents_missing_parameters():
    """The class' own docstring comes first."""
    parent = class_with("Say.\n\nParameters\n----------\na : int\n    One.\n")
    silent = type("Silent", (parent,), {"__doc__": "Say."})
    child = type("Child", (parent,), {"__doc__": "Say.\n\nParameters\n----------\na : int\n    Two.\n"})
    assert parameters_of(silent)["a"].description == "One."
    assert parameters_of(child)["a"].description == "Two."


def test_a_class_that_needs_an_argument_is_read_from_its_signature():
    """What must be given has no default."""
    found = parameters_of(OneVsRestClassifier)
    assert found["estimator"].default is inspect.Parameter.empty
    assert found["n_jobs"].default is None


def test_a_class_without_signature_has_no_parameters():
    """As some that are written in C."""
    assert parameters_of(type) == {}


def test_choices_are_the_words_that_any_of_the_classes_accepts():
    """Sorted, and with None where it may be given."""
    assert choices_of([KNeighborsRegressor], "weights") == ["distance", "uniform", None]
    both = choices_of([DecisionTreeRegressor, DecisionTreeClassifier], "criterion")
    assert {"gini", "poisson"} < set(both)
    assert both == sorted(both)


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (KNeighborsRegressor, "n_neighbors"),
        (DecisionTreeRegressor, "max_features"),
        (LinearRegression, "x"),
        (int, "x"),
    ],
)
def test_there_are_no_choices_where_other_values_than_words_are_accepted(cls, name):
    """Numbers, words or numbers, or undocumented values."""
    assert choices_of([cls], name) is None
