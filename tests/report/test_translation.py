"""A report in another language: every text of skdl is translated, other texts are unchanged."""

import re
from dataclasses import asdict, replace

import pytest
from pydantic import TypeAdapter

from skdl.report import key_facts, render_notebook, splits_line, strings_of, verdict_sentence, write_report
from skdl.report.sections import describe_sections
from skdl.results import Note, Reason, Summary

KOREAN = strings_of("ko")
TIMED_OUT = Note("timeout", "took longer than 5 s (on 2 of 10 folds)", {"n": 2, "n_folds": 10, "limit": "5"})


@pytest.fixture(scope="module")
def noted(summary):
    """Put notes of every kind into the summary."""
    notes = [Note("no_target", "2 of 506 rows have no target", {"n": 2, "n_rows": 506}), "ridge: UserWarning: singular"]
    described = Note("model", "SVC(), calibrated, tuned", {"model": "SVC()", "additions": ["calibrated", "tuned"]})
    models = [replace(row, description=described, error=row.error and TIMED_OUT) for row in summary.models]
    splitter = Note("kfold", "stratified k-fold", {"strata": "classes", "units": "rows"})
    return replace(
        summary,
        data=replace(summary.data, notes=notes),
        protocol=replace(summary.protocol, splitter=splitter),
        models=models,
    )


@pytest.fixture(scope="module")
def page(noted, tmp_path_factory):
    """Render the page in Korean."""
    folder = tmp_path_factory.mktemp("korean")
    write_report(noted, folder, lang="ko")
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        '<html lang="ko">',
        "<b>lightgbm</b>이 RMSE",
        "<b>ridge</b> 배포를 권합니다.",
        "506행 중 2행은 타깃이 없어 제외했습니다.",
        "ridge: UserWarning: singular",
        "SVC(), 확률 보정, 튜닝",
        "폴드 하나에 5초 넘게 걸려 중단했습니다(폴드 10개 중 2개 실패).",
        "층화 K-폴드 교차 검증, 폴드 10개 \N{MULTIPLICATION SIGN} 3회 반복",
        "1분 15초",
        "과적합",
        "조기 종료",
        "폴드의 80%",
    ],
)
def test_the_page_has_the_korean_text_of_each_section(page, text):
    """One sentence of each section; a library's warning is unchanged."""
    assert text in page


def test_no_english_sentence_is_left_on_the_page(page):
    """None of those that take no value."""
    plain = {words for words in strings_of("en").table.values() if "{" not in words and " " in words}
    assert [words for words in plain if words in page] == []


def test_names_of_metrics_are_translated_everywhere(noted, tmp_path):
    """In columns and in reasons; one without a translation keeps its name."""
    column = replace(noted.columns[0], name="max_error", label="Largest error")
    reasons = [Reason("holdout_untested", {"metric": "Largest error"})]
    models = [
        replace(row, scores={("max_error" if name == "rmse" else name): score for name, score in row.scores.items()})
        for row in noted.models
    ]
    verdict = replace(noted.verdict, reasons=reasons)
    folds = [replace(fold, scores={"max_error": fold.scores["rmse"], "r2": fold.scores["r2"]}) for fold in noted.folds]
    columns = [column, noted.columns[1]]
    write_report(replace(noted, columns=columns, models=models, verdict=verdict, folds=folds), tmp_path, lang="ko")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert ">최대 오차<" in page
    assert "최대 오차는 테스트 행의 부트스트랩" in page
    assert "R²" in page
    assert "Largest error" not in page


def test_in_english_a_note_keeps_its_original_text(noted, rendered):
    """Also in a language that has no translation for it."""
    assert TIMED_OUT.text in rendered(noted)[0]
    assert KOREAN.translate(Note("of_a_later_version", "as it was said")) == "as it was said"


def test_a_summary_that_was_written_is_read_again(noted):
    """Notes with their codes, and the plain text of older files."""
    read = TypeAdapter(Summary).validate_python(asdict(noted))
    assert read.data.notes == noted.data.notes
    assert read.models[-1].error == TIMED_OUT


def test_sentences_for_a_terminal_are_translated_too(noted):
    """The verdict, the splits, a score in plain words, a notebook's cell."""
    sentences = [verdict_sentence(noted, "ko"), splits_line(noted.protocol, "ko"), *key_facts(noted, "ko")]
    assert all(re.search("[가-힣]", text) for text in sentences)
    assert "유의하지 않음" in render_notebook(noted, "ko")


@pytest.mark.parametrize(
    ("elapsed_s", "english", "korean"),
    [
        (0.4, "0.4 s", "0.4초"),
        (42.3, "42 s", "42초"),
        (125.0, "2 min 5 s", "2분 5초"),
        (7320.0, "2 h 2 min", "2시간 2분"),
    ],
)
def test_durations_are_translated(summary, elapsed_s, english, korean):
    took = replace(summary, protocol=replace(summary.protocol, elapsed_s=elapsed_s))
    for strings, text in ((strings_of("en"), english), (KOREAN, korean)):
        assert text in {strings.set_spacing(value) for _, value in describe_sections(took, strings)["data"]["protocol"]}


@pytest.mark.parametrize(("text", "spaced"), [("80 %", "80%"), ("1.5\u00a0점", "1.5점"), ("a % b", "a % b")])
def test_korean_sets_signs_and_units_close_to_their_number(text, spaced):
    assert KOREAN.set_spacing(text) == spaced
