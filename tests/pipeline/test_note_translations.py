"""Korean translations of the notes on a table, tested on real notes with their values."""

import re

import numpy as np
import pandas as pd
import pytest

from skdl.exceptions import DataError
from skdl.pipeline import FoldPlan, read_pipeline, resolve_folds
from skdl.pipeline_tools import draft_pipeline
from skdl.report import strings_of
from skdl.tables import Dates, Reading, read_planned

KOREAN = strings_of("ko")
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
        "우편번호": [f"{n % 60:05}" for n in range(N)],
        "등급": [*["1", "2"] * (N // 2 - 1), "1", "3+"],
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
    """Load a table that causes every note."""
    TABLE.to_csv(tmp_path / "고객.csv", index=False, encoding="cp949")
    (tmp_path / "p.yaml").write_text(FILE, encoding="utf-8")
    return read_pipeline(tmp_path / "p.yaml").load_table().notes


def test_every_note_on_a_table_is_translated(notes):
    """Each with its values; no English is left."""
    translations = {note.code: KOREAN.translate(note) for note in notes}
    assert translations.keys() == {
        "encoding", "no_target", "sample", "in_time", "task", "left_out", "not_balanced", "calibration_undoes",
        "no_halving", "marked_numbers", "odd_cells", "leading_zeros", "codes_with_digits",
    }  # fmt: skip
    assert translations["no_target"] == "120행 중 40행은 타깃이 없어 제외했습니다."
    assert translations["task"] == "'해지'의 서로 다른 값 2개(문자열)를 보고 분류 문제로 판단했습니다."
    assert not [text for text in translations.values() if text in {note.text for note in notes}]


@pytest.mark.parametrize(
    ("dates", "text"),
    [
        (["03/04/2024"] * 4, "%d/%m/%Y 형식일 수도 %m/%d/%Y 형식일 수도"),
        (["2024-03-04", "x"], "2행의 'x'는 읽을 수 있는 날짜가 아니며"),
        (["2024-03-04T00:00Z", "2024-03-04T00:00"], "시간대가 없는 시각이 UTC라면"),
    ],
)
def test_questions_about_dates_are_translated(tmp_path, dates, text):
    pd.DataFrame({"day": dates}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(DataError) as caught:
        read_planned(tmp_path / "t.csv", Reading(dates={"day": Dates()}))
    assert text in KOREAN.translate(caught.value.args[0])


def test_notes_on_dates_are_translated(tmp_path):
    days = [*pd.date_range("2024-01-01", periods=199).strftime("%d.%m.%Y"), "x"]
    pd.DataFrame({"day": days, "us": [*["3/25/24"] * 199, ""]}).to_csv(tmp_path / "t.csv", index=False)
    cells = read_planned(tmp_path / "t.csv", Reading(dates={"day": Dates(), "us": Dates()})).cells
    texts = [KOREAN.translate(note) for name in ("day", "us") for note in cells[name].notes]
    assert "200칸 중 1칸은" in texts[1]
    assert ["형식으로 읽었습니다" in text for text in texts] == [True, False, True]
    assert ["결측값" in text for text in texts] == [False, True, False]


def test_doubts_about_numbers_are_translated(tmp_path):
    frame = pd.DataFrame(
        {"상영일자": 45_000 + np.arange(N), "나이": [f"~{n % 20}" for n in range(N)], "y": np.arange(N) / 4}
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "p.yaml").write_text("data: {source: t.csv, target: y}\nmodels: {knn: }\n")
    notes = read_pipeline(tmp_path / "p.yaml").load_table().notes
    texts = {note.code: KOREAN.translate(note) for note in notes}
    assert "1899-12-30부터 센 일수일 수 있습니다(45119이면 2023-07-12)" in texts["counted_dates"]
    assert "'~0'처럼 숫자에 다른 글자가 붙은 값 20가지" in texts["numbers_in_texts"]


def test_each_reason_to_leave_a_column_out_is_translated(notes):
    """With the example value."""
    texts = [KOREAN.translate(note) for note in notes if note.code == "left_out"]
    assert any("70행에 서로 다른 문자열이 70개" in text for text in texts)
    assert any("값이 한 가지뿐입니다" in text for text in texts)


@pytest.mark.parametrize(
    "target",
    [
        pd.Series(["유지", "해지", None] * (N // 3)),
        pd.Series([*["해지"] * 12, *["유지"] * (N - 12)]),
        pd.Series([*["해지"] * 3, *["유지"] * (N - 3)]),
        pd.Series(range(N)),
        pd.Series(range(N)) // 20,
        pd.Series([0, *range(1, 6), *[1] * (N - 6)]),
        pd.Series([0, 1, 2, 3] * (N // 4)).mask(pd.Series(range(N)) < 2, 30),
    ],
    ids=["missing", "unbalanced", "rare", "numbers", "ordered", "one row", "classes"],
)
def test_every_decision_of_a_draft_is_translated(tmp_path, target):
    """With the reason for each dropped column; only names, keys and numbers stay as they are."""
    dates = pd.date_range("2024-01-01", periods=12).strftime("%d/%m/%Y").tolist() * (N // 12)
    frame = TABLE.assign(해지=target, 호칭=[f"Mr. {n}" for n in range(N)], 날짜=dates, 폴드=np.arange(N) % 5)
    frame.loc[:3, "나이"] = None
    frame.to_csv(tmp_path / "고객.csv", index=False)
    subjects, decisions = zip(*draft_pipeline(str(tmp_path / "고객.csv"), ["해지"], lang="ko").decisions, strict=True)
    assert all(KOREAN.has(f"init.{subject}") for subject in subjects if subject)
    coded = [decision for decision in decisions if decision.code]
    assert [one.code for one in coded if KOREAN.translate(one) == one.text] == []


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
def test_every_way_to_split_is_translated(plan, text):
    """From the plan itself."""
    assert KOREAN.translate(resolve_folds(**plan).method) == text


def test_a_fold_column_and_fewer_folds_for_many_rows_are_noted():
    """The note names the key that changes it."""
    of_column = FoldPlan(5, 1, 0, "column", column="폴드")
    assert KOREAN.translate(of_column.method) == "폴드 열의 값에 따른 분할"
    (note,) = resolve_folds(600_000).notes
    assert KOREAN.translate(note).startswith("600,000행이라 폴드를 5개만 썼습니다.")


def test_every_comment_of_a_draft_is_translated(tmp_path):
    """Those that need a rare class, dates, units and codes too."""
    frame = TABLE.assign(가입=pd.date_range("2024-01-01", periods=N).astype(str), 등급=np.arange(N) * 5 % 7)
    frame["해지"] = np.where(np.arange(N) % 12 == 0, "해지", "유지")
    frame.to_csv(tmp_path / "고객.csv", index=False, encoding="cp949")
    draft = draft_pipeline(str(tmp_path / "고객.csv"), ["해지"], lang="ko", translate=KOREAN.translate)
    assert "\nlang: ko\n" in draft.text
    comments = [line.partition("#")[2] for line in draft.text.splitlines() if "#" in line]
    assert len(comments) > 15
    keys = r"[a-z_]+:.*#"  # a key that is commented out, with a comment of its own or none
    assert [
        text for text in comments if not re.search("[가-힣]", re.sub(keys, "", text)) and "classes:" not in text
    ] == []
