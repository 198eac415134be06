"""Parameters that both estimators have: the same defaults, constraints and descriptions."""

import inspect

import pytest

from skdl import KerasMLPClassifier, KerasMLPRegressor

# They mean something else for classes and for numbers.
DESCRIBED_APART = {"loss", "validation_split"}


def described_parameters(estimator):
    """Return the type and description of each parameter in the docstring, by name."""
    section = inspect.getdoc(estimator).partition("Parameters\n----------\n")[2].partition("\n\nAttributes\n")[0]
    described, names = {}, []
    for line in section.splitlines():
        if not line.startswith(" "):
            listed, _, kind = line.partition(" : ")
            names = listed.split(", ")
            described |= {name: [kind] for name in names}
        else:
            for name in names:
                described[name].append(line.strip())
    return described


COMMON = sorted(
    set(inspect.signature(KerasMLPRegressor).parameters) & set(inspect.signature(KerasMLPClassifier).parameters)
)


@pytest.mark.parametrize("estimator", [KerasMLPRegressor, KerasMLPClassifier])
def test_the_docstring_describes_each_parameter_in_the_order_of_the_signature(estimator):
    """None is missing, and none is left over."""
    assert list(described_parameters(estimator)) == list(inspect.signature(estimator).parameters)


@pytest.mark.parametrize("name", COMMON)
def test_a_common_parameter_has_one_default_and_one_description(name):
    """Signatures are written twice, because scikit-learn reads them."""
    regressor, classifier = (inspect.signature(one).parameters[name] for one in (KerasMLPRegressor, KerasMLPClassifier))
    assert (regressor.default, regressor.kind) == (classifier.default, classifier.kind)
    if name not in DESCRIBED_APART:
        assert described_parameters(KerasMLPRegressor)[name] == described_parameters(KerasMLPClassifier)[name]


@pytest.mark.parametrize("estimator", [KerasMLPRegressor, KerasMLPClassifier])
def test_every_parameter_has_a_constraint(estimator):
    """scikit-learn checks only those that have one."""
    assert set(estimator._parameter_constraints) == set(inspect.signature(estimator).parameters)
