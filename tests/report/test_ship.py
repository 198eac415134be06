"""How to use what was saved."""

from dataclasses import replace

import pytest

from skdl.report import strings_of
from skdl.report.sections import describe_sections
from skdl.results import InputColumn, SavedModelSummary

COLUMNS = [
    InputColumn("age", "number", nullable=True, low=19.0, high=79.0),
    InputColumn("town", "text", nullable=False, categories=["Bern", "Jena"], takes_others=False),
]


@pytest.fixture
def ship(plotless):
    """Return the section of a summary with a saved model in a folder of some name."""

    def of(folder="reports/boston/model", columns=COLUMNS, **changes):
        saved = SavedModelSummary(folder, 12_000, needs_keras=False, columns=columns)
        return describe_sections(replace(plotless, saved=saved, **changes), strings_of("en"))["ship"]

    return of


def test_the_command_to_score_can_be_pasted(ship):
    """With the folder as it was named, and the pin."""
    assert ship()["score_command"] == f"skdl score reports/boston/model INPUT --out DIR --sha256 {'ef' * 32}"
    assert "skdl score 'my $HOME/model' INPUT" in ship("my $HOME/model")["score_command"]


def test_columns_list_their_allowed_values(ship):
    """A range, or categories; and whether a value may be missing."""
    assert ship()["columns"] == [("age", "number", "19 to 79", "yes"), ("town", "text", "only Bern, Jena", "no")]


def test_many_columns_are_cut_with_a_word(ship):
    """The manifest has them all."""
    section = ship(columns=COLUMNS[:1] * 100)
    assert len(section["columns"]) == 60
    assert section["more_columns"].startswith("40 more columns")


def test_the_card_describes_the_saved_model(ship):
    """Model, target, rows, scores with intervals, needs, size, pin."""
    card = dict(ship()["card"])
    assert card["Model"] == "ridge: about ridge"
    assert card["Predicts"] == "medv"
    assert card["Trained on"] == "506 rows of data/boston.csv, 2026-01-12"
    assert card["RMSE"] == "3.30 (3.15 to 3.45)"
    assert card["Size"] == "12 kB"


def test_without_a_saved_model_there_is_no_card(ship):
    """As where it could not be saved."""
    section = ship(model_pin=None)
    assert (section["card"], section["score_command"]) == ([], None)
