"""scikit-learn's own checks, on both estimators as they are by default."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from skdl import KerasMLPClassifier, KerasMLPRegressor


def expected_failures(estimator):
    """Name the one check that float32 cannot pass; float64 passes it."""
    if estimator.dtype == "float64":
        return {}
    return {"check_sample_weight_equivalence_on_dense_data": "sums in float32 differ in the seventh digit"}


@parametrize_with_checks([KerasMLPRegressor(), KerasMLPClassifier()], expected_failed_checks=expected_failures)
def test_estimator_passes_the_check(estimator, check):
    """Each check of scikit-learn's check_estimator passes."""
    check(estimator)
