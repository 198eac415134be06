"""Losses: each of Keras' by name, class, function and instance where it fits the target, an error where not."""

import copy
import pickle
import sys
from functools import partial
from types import ModuleType

import keras
import numpy as np
import pytest
from helpers.cases import cases
from sklearn.base import clone
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import log_loss, mean_absolute_percentage_error, mean_squared_log_error

from skdl import KerasMLPClassifier, KerasMLPRegressor, freeze

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 3))
Y = np.exp(X.sum(axis=1) / 2)
NAMES = np.array(["low", "middle", "high"])
CODES = X.argmax(axis=1)
FLAGS = (X[:, :2] > 0).astype(int)
SETTINGS = {"hidden_layer_sizes": (), "epochs": 3, "learning_rate": 0.01, "random_state": 0}
STILL = {"epochs": 1, "learning_rate": 1e-12}  # so that the loss recorded is that of the weights that predict


def class_of(name):
    """Return Keras' class of a loss."""
    words = {"kl": "KL", "ctc": "CTC"}
    return getattr(keras.losses, "".join(words.get(word, word.title()) for word in name.split("_")))


def fitted_each_way(estimator, target, name, **settings):
    """Train once for each way to name a loss."""
    kind = class_of(name)
    ways = (name, kind.__name__, kind, kind(), getattr(keras.losses, name))
    return [estimator(**{**SETTINGS, **settings}, loss=way).fit(X, target) for way in ways]


def log_cosh(y, p):
    return np.mean(np.log(np.cosh(p - y)))


def huber(y, p):
    gap = np.abs(p - y)
    return np.mean(np.where(gap <= 1, gap**2 / 2, gap - 0.5))


def poisson(y, p):
    return np.mean(p - y * np.log(p))


def cosine(y, p):
    """Minus the cosine of the angle."""
    lengths = np.linalg.norm(y, axis=1) * np.linalg.norm(p, axis=1)
    return -np.mean(np.sum(y * p, axis=1) / lengths)


STANDARD = (Y.mean(), Y.std())
RATIO = (0.0, Y.mean())
OF_NUMBERS = {  # formula, and the values that replace 0 and 1 of the target in training
    "mean_squared_error": (lambda y, p: np.mean((p - y) ** 2), STANDARD),
    "mean_absolute_error": (lambda y, p: np.mean(np.abs(p - y)), STANDARD),
    "huber": (huber, STANDARD),
    "log_cosh": (log_cosh, STANDARD),
    "poisson": (poisson, RATIO),
    "mean_absolute_percentage_error": (lambda y, p: 100 * mean_absolute_percentage_error(y, p), RATIO),
    "mean_squared_logarithmic_error": (mean_squared_log_error, (0.0, 1.0)),
    "cosine_similarity": (cosine, (0.0, 1.0)),
}
OF_CLASSES = [
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "cosine_similarity",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_squared_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]
OF_LABELS = {"binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge", "poisson"}
OF_LABELS |= {"mean_squared_error", "mean_absolute_error", "huber", "log_cosh"}
ALL = {*OF_NUMBERS, *OF_CLASSES, "ctc", "circle", "dice", "tversky"}


def some(names, quick):
    """Make a case of each name; all but a few are slow, for each is a network to compile."""
    return cases({name: name for name in names}, quick)


@pytest.mark.parametrize("name", some(OF_NUMBERS, {"mean_absolute_percentage_error", "cosine_similarity", "huber"}))
def test_a_regressor_takes_a_loss_by_name_class_instance_and_function(name):
    """All give the same bits, and the loss falls."""
    target = np.column_stack([Y, Y**2]) if name == "cosine_similarity" else Y
    first, *others = (net.history_["loss"] for net in fitted_each_way(KerasMLPRegressor, target, name))
    assert all(other == first for other in others)
    assert first[-1] < first[0]


@pytest.mark.parametrize(("name", "formula", "unit"), [(name, *rest) for name, rest in OF_NUMBERS.items()])
def test_a_regressor_s_loss_is_its_formula_on_the_scaled_target(name, formula, unit):
    """Under losses of ratios zero stays zero; logarithms and directions see the target's own unit."""
    target = np.column_stack([Y, Y**2]) if name == "cosine_similarity" else Y
    net = KerasMLPRegressor(**{**SETTINGS, **STILL}, loss=name).fit(X, target)
    zero, one = unit
    assert net.loss_ == pytest.approx(formula((target - zero) / one, (net.predict(X) - zero) / one), rel=1e-4)


CODED = {"binary_crossentropy", "categorical_hinge", "hinge", "kl_divergence", "sparse_categorical_crossentropy"}


@pytest.mark.parametrize("name", some(OF_CLASSES, CODED))
def test_a_classifier_takes_a_loss_by_name_class_instance_and_function(name):
    """All give the same bits, and most labels are predicted."""
    settings = {"epochs": 80, "learning_rate": 0.05}
    first, *others = fitted_each_way(KerasMLPClassifier, NAMES[CODES], name, **settings)
    assert all(other.history_ == first.history_ for other in others)
    assert first.score(X, NAMES[CODES]) > 0.85
    assert first.predict_proba(X).sum(axis=1) == pytest.approx(np.ones(64))


@pytest.mark.parametrize(
    ("loss", "target", "estimator", "fitting"),
    [
        *[(name, Y, KerasMLPRegressor, "numbers") for name in sorted(ALL - {*OF_NUMBERS})],
        *[(name, CODES, KerasMLPClassifier, "classes") for name in sorted(ALL - {*OF_CLASSES})],
        *[(name, FLAGS, KerasMLPClassifier, "several labels a row") for name in sorted(ALL - OF_LABELS)],
    ],
)
def test_a_loss_that_does_not_fit_the_target_is_an_error(loss, target, estimator, fitting):
    """By name and by instance; the message lists the losses that fit."""
    for given in (loss, class_of(loss)()):
        net = estimator(loss=given)
        with pytest.raises(ValueError, match=f"loss must be 'auto' or one that fits {fitting}; got .*{loss}.*huber"):
            net.fit(X, target)
        assert not hasattr(net, "model_")


@pytest.mark.parametrize(
    ("loss", "target", "message"),
    [
        ("poisson", Y - 1, r"hold no value below 0 for poisson; got -0\.\d+"),
        ("msle", Y - 1, "hold no value below 0 for mean_squared_logarithmic_error"),
        ("mape", np.round(Y), r"hold no zero for mean_absolute_percentage_error; got \d+ of 64"),
        ("cosine_similarity", Y, "have two columns at least for cosine_similarity; got one"),
    ],
    ids=["poisson", "msle", "mape", "cosine"],
)
def test_a_target_outside_a_loss_s_domain_is_an_error(loss, target, message):
    """Before anything is trained."""
    with pytest.raises(ValueError, match=f"KerasMLPRegressor: y must {message}.*Take loss='mse'"):
        KerasMLPRegressor(loss=loss).fit(X, target)


def test_an_unknown_loss_is_an_error_that_suggests_names():
    with pytest.raises(ValueError, match=r"loss: the name must be .* got 'hubber'; did you mean huber\? Try 'mse'"):
        KerasMLPRegressor(loss="hubber").fit(X, Y)


def test_a_poisson_network_without_hidden_layers_is_the_log_linear_model():
    """The oracle is scikit-learn's PoissonRegressor; the unit of the target cancels out."""
    counts = np.random.default_rng(1).poisson(100 * Y)
    oracle = PoissonRegressor(alpha=0, tol=1e-10).fit(X, counts).predict(X)
    net = KerasMLPRegressor((), loss="poisson", epochs=300, learning_rate=0.05, batch_size=64, random_state=0)
    assert net.fit(X, counts).predict(X) == pytest.approx(oracle, rel=1e-3)


def test_a_poisson_network_finds_the_rates_behind_the_counts():
    """Counts are drawn from known rates."""
    draw = np.random.default_rng(0)
    rows = draw.uniform(size=(300, 3))
    rates = np.exp(1 + 2 * rows[:, 0] - rows[:, 1])
    net = KerasMLPRegressor((8,), loss="poisson", epochs=100, learning_rate=0.02, random_state=0)
    predicted = net.fit(rows, draw.poisson(rates)).predict(rows)
    assert (predicted > 0).all()
    assert np.mean(np.abs(predicted - rates)) < 0.2 * np.mean(np.abs(rates.mean() - rates))


def test_logarithmic_errors_are_learned_over_six_orders_of_magnitude():
    """Within a third of the truth on average, small values included."""
    rows = np.random.default_rng(0).uniform(size=(200, 3))
    target = 10.0 ** (6 * rows[:, 0])
    net = KerasMLPRegressor((8,), loss="msle", epochs=200, learning_rate=0.02, random_state=0).fit(rows, target)
    assert mean_squared_log_error(target, net.predict(rows)) < np.log(1.33) ** 2


@pytest.mark.parametrize("loss", ["poisson", "msle"])
def test_frozen_and_exported_networks_of_ratio_losses_agree(loss, tmp_path):
    """Both predict in the target's own unit."""
    net = KerasMLPRegressor((4,), loss=loss, random_state=0).initialize(X, 1000 * Y)
    predicted = net.predict(X)
    assert freeze(net).predict(X) == pytest.approx(predicted, rel=1e-5)
    net.export_keras(tmp_path / "net.keras")
    exported = keras.saving.load_model(tmp_path / "net.keras")
    assert exported.predict(X.astype("float32"), verbose=0)[:, 0] == pytest.approx(predicted, rel=1e-5)


@pytest.mark.parametrize("scaling", ["standard", "minmax", None])
def test_percentages_do_not_depend_on_the_unit_of_the_target(scaling):
    """In thousandths, the same errors."""
    losses = [
        KerasMLPRegressor(**SETTINGS, loss="mape", target_scaling=scaling).fit(X, factor * Y).history_["loss"][0]
        for factor in (1, 1000)
    ]
    assert (losses[0] == pytest.approx(losses[1], rel=1e-4)) is (scaling is not None)


def test_an_instance_keeps_its_arguments():
    """Huber's delta, in standard deviations of the target."""
    net = KerasMLPRegressor(**{**SETTINGS, **STILL}, loss=keras.losses.Huber(delta=0.3)).fit(X, Y)
    gap = np.abs(net.predict(X) - Y) / Y.std()
    assert net.loss_ == pytest.approx(np.mean(np.where(gap <= 0.3, gap**2 / 2, 0.3 * gap - 0.045)), rel=1e-4)


@pytest.mark.parametrize(
    "copied",
    [clone, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))],
    ids=["clone", "deepcopy", "pickle"],
)
def test_copies_of_an_estimator_keep_the_arguments_of_its_loss(copied):
    """Keras 3.15 copies a Huber loss without its delta."""
    net = KerasMLPRegressor(**SETTINGS, loss=keras.losses.Huber(delta=0.3)).fit(X, Y)
    assert copied(net).fit(X, Y).history_ == net.history_


def test_label_smoothing_survives():
    """The oracle is scikit-learn's log-loss on smoothed labels."""
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.3)
    net = KerasMLPClassifier(**{**SETTINGS, **STILL}, loss=loss).fit(X, CODES)
    shares = net.predict_proba(X)
    uniform = np.mean([log_loss(np.full(64, code), shares, labels=[0, 1, 2]) for code in range(3)])
    assert net.loss_ == pytest.approx(0.7 * log_loss(CODES, shares) + 0.3 * uniform, rel=1e-4)


@pytest.mark.parametrize(("loss", "power"), [("hinge", 1), ("squared_hinge", 2)], ids=["hinge", "squared"])
def test_a_margin_loss_sees_labels_and_outputs_between_minus_one_and_one(loss, power):
    """A certain correct prediction costs 0, a certain wrong one 2, or its square."""
    labels = (CODES == 0).astype(int)
    net = KerasMLPClassifier(**{**SETTINGS, **STILL}, loss=loss).fit(X, labels)
    margin = (2 * labels - 1) * (2 * net.predict_proba(X)[:, 1] - 1)
    assert net.loss_ == pytest.approx(np.mean(np.maximum(1 - margin, 0) ** power), rel=1e-4)


def test_a_loss_on_logits_sees_probabilities():
    """The last layer has its softmax already."""
    plain, logits = (keras.losses.CategoricalCrossentropy(from_logits=value) for value in (False, True))
    first, second = (KerasMLPClassifier(**SETTINGS, loss=loss).fit(X, CODES) for loss in (plain, logits))
    assert first.history_ == second.history_


def test_one_hot_coding_does_not_depend_on_the_type_of_the_labels():
    """Integers and text give the same bits."""
    first, second = (
        KerasMLPClassifier(**SETTINGS, loss="categorical_crossentropy").fit(X, labels).predict_proba(X)
        for labels in (CODES, np.array(["a", "b", "c"])[CODES])
    )
    assert np.array_equal(first, second)


def test_a_user_defined_function_is_not_mistaken_for_keras_own_of_that_name():
    """Here it is the absolute error."""

    def huber(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)

    own = KerasMLPRegressor(**SETTINGS, loss=huber).fit(X, Y)
    assert own.history_["loss"] == pytest.approx(KerasMLPRegressor(**SETTINGS, loss="mae").fit(X, Y).history_["loss"])


def test_a_function_redefined_under_its_name_is_another_loss(monkeypatch):
    """As when a notebook's cell is run again."""
    notebook = ModuleType("notebook")
    monkeypatch.setitem(sys.modules, "notebook", notebook)
    histories = []
    for power in (2, 4):
        code = f"def own(y_true, y_pred):\n    return keras.ops.mean((y_true - y_pred) ** {power}, -1)"
        exec(f"import keras\n{code}", vars(notebook))  # noqa: S102
        histories.append(KerasMLPRegressor(**SETTINGS, loss=notebook.own).fit(X, Y).history_["loss"])
    assert histories[0] == pytest.approx(KerasMLPRegressor(**SETTINGS, loss="mse").fit(X, Y).history_["loss"])
    assert histories[1] != histories[0]


class Quartic(keras.losses.Loss):
    """A user-defined loss with an argument."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * keras.ops.mean((y_true - y_pred) ** 4, axis=-1)


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        (Quartic, lambda gap: np.mean(gap**4)),
        (Quartic(3.0), lambda gap: np.mean(3 * gap**4)),
        (partial(keras.losses.huber, delta=1e-3), lambda gap: np.mean(1e-3 * np.abs(gap) - 5e-7)),
    ],
    ids=["class", "instance", "partial"],
)
def test_a_user_defined_loss_is_used_unchanged(loss, formula):
    """In standard deviations of the target."""
    net = KerasMLPRegressor(**{**SETTINGS, **STILL}, loss=loss).fit(X, Y)
    assert net.loss_ == pytest.approx(formula((net.predict(X) - Y) / Y.std()), rel=1e-4)


def test_a_loss_that_is_not_reduced_to_a_number_is_an_error():
    with pytest.raises(ValueError, match="the reduction must make one number of a batch; got None in MeanSquaredError"):
        KerasMLPRegressor(loss=keras.losses.MeanSquaredError(reduction=None)).fit(X, Y)
