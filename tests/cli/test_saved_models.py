"""Commands for saved models: inspect, keys, sign, and what score trusts."""

import base64
import json
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skdl.saved_models import save_model
from skdl.tables import Dates, NumberFormat, Reading

METRICS = {"accuracy": {"mean": 0.9, "low": 0.85, "high": 0.95, "spread": 0.1}, "r2": 0.5, "odd": "text"}
PEOPLE = pd.DataFrame(
    {"age": [20.0, 30.5, np.nan, 50.0] * 5, "city": ["Bonn", "Ulm", "Bonn", "Köln"] * 5, "few": [0, 1, 0, 1] * 5}
)


@pytest.fixture
def saved(tmp_path):
    """Save a classifier of people as `model`, with all that a comparison knows."""
    prepare = make_column_transformer((SimpleImputer(), ["age"]), (OneHotEncoder(), ["city"]))
    model = make_pipeline(prepare, LogisticRegression()).fit(PEOPLE[["age", "city"]], PEOPLE["few"])
    metadata = {"name": "people", "model": "logistic", "metrics": METRICS, "data_hash": "abc", "pipeline": "a: 1\nb: 2"}
    return save_model(model, tmp_path / "model", X=PEOPLE[["age", "city"]], y=PEOPLE["few"], metadata=metadata)


def test_the_card_describes_the_model_and_its_columns(run, saved):
    card = run("inspect", "model").stdout
    expected = [
        "people: logistic",
        "classification of few",
        "20 rows, data hash abc",
        "0.9000  0.8500 to 0.9500",
        "no Keras",
        "20 to 50",
        "Bonn, Köln, Ulm",
        "scikit-learn",
        "2 lines: see --json",
        saved.sha256,
    ]
    assert [one for one in expected if one not in card] == []
    assert "odd" not in card  # what is no number is no score


def test_the_card_shows_how_each_column_is_written(run, tmp_path):
    """In both languages: marks, units, words for missing values, dates, the column of the file."""
    X = pd.DataFrame({"fee": [1.0, np.nan, 3.0], "day_month": [1, 2, 3]})
    model = make_pipeline(SimpleImputer(), LinearRegression()).fit(X, [1.0, 2.0, 3.0])
    formats = {"fee": NumberFormat(decimal=",", thousands=".", unit="€", missing=("ask",))}
    dates = {"day": Dates(("month",), format="%d.%m.%Y", utc=True)}
    reading = Reading(rename={"Fee": "fee"}, formats=formats, dates=dates)
    save_model(model, tmp_path / "model", X=X, reading=reading)
    card = " ".join(run("inspect", "model", columns=200).stdout.split())
    row = "from Fee; decimal mark ',', thousands separator '.', with '€' yes; also ask"
    for shown in (row, "month of 'day', a date of the form %d.%m.%Y, in UTC"):
        assert shown in card
    assert "예(ask 포함)" in run("inspect", "model", "--lang", "ko", columns=200).stdout
    columns = json.loads(run("inspect", "model", "--json").stdout)["columns"]
    assert columns[0]["parsed"] == "decimal mark ',', thousands separator '.', with '€'"
    assert columns[1]["parsed"] == "month of 'day', a date of the form %d.%m.%Y, in UTC"


def test_the_card_as_json_has_everything(run, saved):
    """Every column, and the pipeline file."""
    card = json.loads(run("inspect", "model", "--json").stdout)
    assert (card["task"], card["target"], card["n_rows"], card["verified"]) == ("classification", "few", 20, False)
    assert [column["name"] for column in card["columns"]] == ["age", "city"]
    assert card["scores"][0] == {"name": "accuracy", "value": 0.9, "low": 0.85, "high": 0.95}
    assert card["metadata"] == {"pipeline": "a: 1\nb: 2"}


def test_versions_that_differ_here_are_named(run, saved):
    """Packages that are not installed too."""
    change(saved, versions={"scikit-learn": "1.2.3", "skdl": "0.0.1", "no_such_package": "1"})
    assert "no_such_package not installed" in run("inspect", "model").stdout
    assert "skdl 0.1.0" in run("inspect", "model").stdout.split("but here")[1]


def change(saved, **changes):
    """Change keys of the manifest."""
    path = saved.path / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


class Hostile:
    """A pickle that leaves a trace when it is loaded."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return open, (str(self.trace), "w")


@pytest.mark.parametrize("options", [(), ("--json",), ("--verify",)], ids=["card", "JSON", "verified"])
def test_nothing_is_unpickled(run, saved, tmp_path, options):
    """A model that runs code is shown, or refused, and its code does not run."""
    (saved.path / "model.joblib").write_bytes(pickle.dumps(Hostile(tmp_path / "trace")))
    assert run("inspect", "model", *options).returncode == (78 if "--verify" in options else 0)
    assert not (tmp_path / "trace").exists()


def test_a_file_of_another_size_is_shown_without_verifying(run, saved):
    (saved.path / "model.joblib").write_bytes(b"short")
    assert "bytes; got 5" in run("inspect", "model").stdout
    (saved.path / "model.joblib").unlink()
    assert "bytes; is missing" in run("inspect", "model").stdout


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["card", "JSON"])
def test_names_send_no_escape_sequences_to_the_terminal(run, tmp_path, options):
    """An escape sequence is spelt out, in a name, a key, a value or a column."""
    X = pd.DataFrame({"c\x1b[1m": [0.0, 1.0]})
    metadata = {"name": "\x1b[31mred\x07", "note": "a\u202eb", "k\x9b2J": 1}
    save_model(LinearRegression().fit(X, [1.0, 2.0]), tmp_path / "model", X=X, metadata=metadata)
    shown = run("inspect", "model", *options).stdout
    assert r"a\u202eb" in shown
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(shown)
    if options:
        assert json.loads(shown)["name"] == metadata["name"]
    else:
        assert all(one in shown for one in (r"\x1b[31mred\x07", r"k\x9b2J", r"c\x1b[1m"))


def test_a_wide_table_is_shortened_on_the_screen(run, tmp_path):
    model = DummyRegressor().fit(np.zeros((2, 50)), [1.0, 2.0])
    save_model(model, tmp_path / "model")
    assert "and 20 more columns: see --json" in run("inspect", "model").stdout
    assert len(json.loads(run("inspect", "model", "--json").stdout)["columns"]) == 50


def test_verifying_reports_what_was_checked(run, saved):
    """Digests alone, or digests and pin."""
    assert "only a pin or a key shows who saved it" in run("inspect", "model", "--verify").stdout
    assert "the pin matches" in run("inspect", "model", "--sha256", saved.sha256).stdout
    assert run("inspect", "model", "--sha256", "0" * 64).returncode == 77


def test_no_model_is_exit_code_78(run):
    done = run("inspect", "nowhere")
    assert (done.returncode, "no saved model here" in done.stderr) == (78, True)


def test_keys_sign_and_verify(run, saved):
    pytest.importorskip("cryptography")
    made = run("keys", "new", "team")
    fingerprint = made.stdout.split()[-1]
    assert run("inspect", "model", "--public-key", "team.public.pem").returncode == 77
    assert fingerprint in run("sign", "model", "--key", "team.private.pem", "--sha256", saved.sha256).stdout
    shown = run("inspect", "model", "--public-key", "team.public.pem").stdout
    assert f"by the key {fingerprint}" in shown
    assert "the signature is valid" in shown
    assert "yes; --public-key verifies by whom" in run("inspect", "model").stdout
    both = run("inspect", "model", "--public-key", "team.public.pem", "--sha256", saved.sha256).stdout
    assert "pin and signature match" in both
    assert run("keys", "new", "team").returncode == 74


def test_a_key_may_be_given_as_text(run, saved):
    """Its 32 bytes in base64; a wrong one is not repeated, for messages end in logs."""
    pytest.importorskip("cryptography")
    secret = base64.b64encode(bytes(range(32))).decode()
    assert run("sign", "model", "--key", secret).returncode == 0
    refused = run("sign", "model", "--key", secret[:-1])
    assert (refused.returncode, "got text that is neither" in refused.stderr) == (2, True)
    assert secret[:-1] not in refused.stderr + refused.stdout


def test_scores_are_made_with_a_signed_model_alone(run, saved, tmp_path, monkeypatch):
    """The key comes from the option or the environment; an unsigned model is exit code 77."""
    pytest.importorskip("cryptography")
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    run("keys", "new", "team")
    score = ("score", "model", "people.csv", "--out", "scores")
    assert run(*score, "--public-key", "team.public.pem").returncode == 77
    assert run("sign", "model", "--key", "team.private.pem").returncode == 0
    assert run(*score).returncode == 77
    assert run(*score, "--public-key", "team.public.pem").returncode == 0
    monkeypatch.setenv("SKDL_PUBLIC_KEY", "team.public.pem")
    assert run("score", "model", "people.csv", "--out", "others").returncode == 0


def test_signing_without_a_key_is_a_usage_error(run, saved):
    assert run("sign", "model").returncode == 2


def test_other_versions_are_allowed_by_an_option(run, saved, tmp_path):
    """Exit code 78 without the option."""
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    change(saved, versions={"scikit-learn": "1.2.3"})
    score = ("score", "model", "people.csv", "--out", "scores", "--trust-pickle")
    assert run(*score).returncode == 78
    assert run(*score, "--allow-other-versions").returncode == 0


def test_what_the_commands_show_is_translated(run, saved, tmp_path, monkeypatch):
    """By `--lang`, or the environment: no line of a card, a result or a list of models is left in English."""
    PEOPLE[["age", "city"]].assign(age=999.0, more=1).to_csv(tmp_path / "table.csv", index=False)
    score = ("score", "model", "table.csv", "--out", "scores", "--trust-pickle")
    shown = [run("inspect", "model", "--verify", "--lang", "ko"), run("keys", "new", "team", "--lang=ko")]
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    shown += [run(*score), run(*score), run("sign", "model", "--key", "team.private.pem"), run("models")]
    lines = [line for done in shown for line in done.stdout.splitlines() if line.strip()]
    assert [done.returncode for done in shown] == [0] * len(shown)
    values = ("people: logistic", "accuracy", "r2", "model.joblib", "'skdl[boosting]'")
    left = [one for one in lines if not re.search("[가-힣]", one) and not one.strip().startswith(values)]
    # Names and versions of packages go on in a second line where many are installed.
    assert [one for one in left if not re.match(r" +[a-z-]+ \d+\.", one)] == []
    assert "age: 값의 100.0%가 학습 때의 범위를 벗어납니다" in shown[2].stdout
    assert "rows" in run(*score, "--lang", "en").stdout


def test_errors_of_a_damaged_model_are_translated(run, saved):
    (saved.path / "model.joblib").write_bytes(b"short")
    error = run("inspect", "model", "--verify", "--lang", "ko").stderr
    assert "model.joblib: 모델 파일이 손상되었습니다." in error
