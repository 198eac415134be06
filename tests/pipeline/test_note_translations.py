"""Notes on a table, and what they are in Korean: real ones, with the values that their words ask for."""

import numpy as np
import pandas as pd
import pytest

from skdl.pipeline import FoldPlan, read_pipeline, resolve_folds
from skdl.report._strings import strings_of
from skdl.report._translation import translate_note

N = 120
TABLE = pd.DataFrame(
    {
        "순번": range(N),
        "이름": [f"이 {n}" for n in range(N)],
        "국가": "한국",
        "요금": [f"{n},000원" for n in range(N)],
        "수": [*map(str, range(N - 1)), "?"],
        "글자수": [f"{n}.5" for n in range(N)],
        "나이": np.arange(N) * 7 % 50,
        "해지": ["유지", "해지", None] * (N // 3),
    }
)
FILE = """
data: {source: 고객.csv, target: 해지, time: 순번, sample: 70}
models: {knn: , svm: {search: {C: [1, 2]}}}
classes: {balance: class_weight, calibrate: sigmoid}
compare: {tune: {search: halving}}
"""


@pytest.fixture
def notes(tmp_path):
    """Load a table with something of everything."""
    TABLE.to_csv(tmp_path / "고객.csv", index=False, encoding="cp949")
    (tmp_path / "p.yaml").write_text(FILE, encoding="utf-8")
    return read_pipeline(tmp_path / "p.yaml").load_table().notes


def test_every_note_on_a_table_is_said_in_korean(notes):
    """Each with its values; none in English."""
    told = {note.code: translate_note(note, strings_of("ko")) for note in notes}
    assert told.keys() == {
        "encoding", "no_target", "sample", "in_time", "task", "left_out", "not_balanced", "calibration_undoes",
        "no_halving",
    }  # fmt: skip
    assert told["no_target"] == "120행 중 40행은 타깃이 없어 제외했습니다."
    assert told["task"] == "'해지'의 서로 다른 값 2개(문자열)를 보고 분류 문제로 판단했습니다."
    assert not [text for text in told.values() if text in {note.text for note in notes}]


def test_each_reason_to_leave_a_column_out_has_its_words(notes):
    """With the odd value that was found."""
    told = [translate_note(note, strings_of("ko")) for note in notes if note.code == "left_out"]
    assert any("70행에 서로 다른 문자열이 70개" in text for text in told)
    assert any("값이 한 가지뿐입니다" in text for text in told)
    assert any("원'처럼 숫자에 기호나 단위" in text for text in told)
    assert any("숫자가 문자열로" in text or "같은 문자열이 섞여" in text for text in told)


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        ({"n_rows": 99}, "K-폴드 교차 검증"),
        ({"n_rows": 99, "by": "groups", "labels": "classes"}, "층화 그룹 K-폴드 교차 검증"),
        ({"n_rows": 99, "by": "time"}, "시간순 분할"),
        ({"n_rows": 99, "by": "time", "holdout": 0.2}, "시간순 홀드아웃 20%"),
        ({"n_rows": 99, "labels": "quantiles", "holdout": 0.25}, "분위수 층화 홀드아웃 25%"),
    ],
)
def test_every_way_to_split_has_its_words(plan, text):
    """From the plan itself."""
    assert translate_note(resolve_folds(**plan).method, strings_of("ko")) == text


def test_a_column_of_folds_and_fewer_folds_by_the_number_of_rows_are_said():
    """With the key that asks for more."""
    of_column = FoldPlan(5, 1, 0, "column", column="폴드")
    assert translate_note(of_column.method, strings_of("ko")) == "폴드 열의 값에 따른 분할"
    (note,) = resolve_folds(600_000).notes
    assert translate_note(note, strings_of("ko")).startswith("600,000행이라 폴드를 5개만 썼습니다.")
