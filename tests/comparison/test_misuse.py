"""Calls of `compare` that users get wrong: the message says what to write instead."""

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import skdl

TABLE = pd.DataFrame({"sex": ["male", "female"] * 20, "age": [float(n % 17) for n in range(40)], "y": [0, 1] * 20})
MODEL = {"logistic": LogisticRegression()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((TABLE,), "must be a pipeline file or a dict of estimators by name.*; got a DataFrame"),
        (([LogisticRegression()], TABLE[["age"]], TABLE["y"]), "a dict of estimators by name.*; got a list"),
        ((MODEL, TABLE[["age"]], "y"), r"got 'y'. Pass the column: y=table\['y'\]"),
        ((MODEL, TABLE[["sex"]], TABLE["y"]), "Text columns must be encoded first"),
    ],
    ids=["a table", "a list", "a name", "text"],
)
def test_the_message_says_what_to_write_instead(arguments, message):
    with pytest.raises(skdl.exceptions.SkdlError, match=message):
        skdl.compare(*arguments, cv=3, repeats=1, insight=False)


def test_a_path_is_read_as_a_pipeline_file(tmp_path):
    TABLE[["age", "y"]].to_csv(tmp_path / "t.csv", index=False)
    compare = "compare: {cv: {folds: 3, repeats: 1}, insight: false}"
    (tmp_path / "t.yaml").write_text(f"data: {{source: t.csv, target: y}}\nmodels: {{logistic: {{}}}}\n{compare}\n")
    comparison = skdl.compare(tmp_path / "t.yaml", output_dir=tmp_path / "out")
    assert "logistic" in comparison.leaderboard().index


def test_a_table_in_place_of_a_pipeline_file_names_the_command(tmp_path):
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(skdl.exceptions.PipelineFileError, match=r"this is a table, not a pipeline file\. `skdl init "):
        skdl.compare(tmp_path / "t.csv")
