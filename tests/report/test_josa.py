"""Korean particles that depend on the last sound of a name."""

from dataclasses import replace

import pytest
from markupsafe import Markup

from skdl.report import strings_of


def korean(template):
    """Make Korean strings of one sentence."""
    return replace(strings_of("ko"), table={"sentence": template})


KOREAN = korean("{leader:이가} {rival:과와} {n:,은는} {plain}")


@pytest.mark.parametrize(
    ("text", "pair", "expected"),
    [
        ("나무", "을를", "나무를"),
        ("모델", "은는", "모델은"),
        ("기준 모델", "을를", "기준 모델을"),
        ("서울", "으로로", "서울로"),
        ("부산", "으로로", "부산으로"),
        ("random_forest", "은는", "random_forest는"),
        ("logistic", "은는", "logistic은"),
        ("gradient_boosting", "이가", "gradient_boosting이"),
        ("lightgbm", "이가", "lightgbm이"),
        ("keras_mlp", "과와", "keras_mlp와"),
        ("model", "으로로", "model로"),
        ("baseline", "으로로", "baseline으로"),
        ("network", "을를", "network를"),
        ("RMSE", "은는", "RMSE는"),
        ("LSTM", "은는", "LSTM은"),
        ("knn_3", "이가", "knn_3이"),
        ("knn_5", "이가", "knn_5가"),
        ("1,000", "이가", "1,000이"),
        ("0.10", "으로로", "0.10으로"),
        ("1", "으로로", "1로"),
        ("1000000000000", "이가", "1000000000000가"),
        ("'age'", "을를", "'age'를"),
        ("95 %", "이가", "95 %가"),
        ("森", "은는", "森은(는)"),
        ("?", "은는", "?은(는)"),
        ("svm", "이가", "svm이"),
        ("linear", "을를", "linear를"),
        ("54.7 (95% CI 52.3 to 57.1)", "으로로", "54.7 (95% CI 52.3 to 57.1)로"),
        ("dummy (added)", "은는", "dummy (added)는"),
        ("0.41", "으로로", "0.41로"),
        ("1,000", "과와", "1,000과"),
        ("R²", "이가", "R²가"),
        ("빵_{<b>}", "은는", "빵_{<b>}는"),
        ("", "을를", "을(를)"),
    ],
)
def test_a_particle_follows_the_last_sound(text, pair, expected):
    """Of Hangul, of numbers in their Korean reading, of English words as Korean writes them."""
    assert korean(f"{{text:{pair}}}")("sentence", text=text) == expected


def test_plain_words_take_particles_and_formats():
    """A value without a pair is put in as it is."""
    assert KOREAN("sentence", leader="svm", rival="ridge", n=1234, plain="{x}") == "svm이 ridge와 1,234는 {x}"


def test_particles_ignore_the_tags_of_markup_and_other_values_are_escaped():
    """A model name is markup in bold; user input is escaped."""
    markup = KOREAN.markup("sentence", leader=Markup("<b>knn</b>"), rival="<i>", n=2, plain="&")
    assert markup == "<b>knn</b>이 &lt;i&gt;와 2는 &amp;"
