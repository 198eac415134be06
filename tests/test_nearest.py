from skdl._nearest import did_you_mean


def test_the_nearest_word_is_suggested():
    assert str(did_you_mean("folsd", ["folds", "seed"])) == "; did you mean folds?"


def test_case_does_not_hide_a_word():
    """The word is offered as it is really written."""
    assert str(did_you_mean("MEDV", ["medv"])) == "; did you mean medv?"


def test_nothing_is_suggested_if_nothing_is_near():
    """An empty string, so that the sentence stays valid."""
    assert did_you_mean("zebra", ["folds"]) == ""
