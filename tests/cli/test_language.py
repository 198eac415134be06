"""The language of errors: of `--lang`, of the pipeline file, or of the environment."""

import pytest

FILE = "lang: ko\ndata: {source: table.csv, target: y}\nmodels: {ridge: , knn: }\ntask: regression\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Fill the folder of the test, in an environment that names no language."""
    (tmp_path / "table.csv").write_text("x,y\n" + "".join(f"{n},{n * 7 % 11}\n" for n in range(40)))
    (tmp_path / "korean.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "english.yaml").write_text(FILE.removeprefix("lang: ko\n"))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ("compare korean.yaml --set modelz=3", 78, "modelz: 이런 키는 없습니다. 혹시 models를 쓰려던"),
        ("compare korean.yaml --set models.knm=", 78, "models.knm: 'knm': 이런 모델은 없습니다. 혹시 knn을"),
        (
            "compare korean.yaml --set compare.metrics=rsme",
            78,
            "'rsme': 이런 회귀 지표는 없습니다. 혹시 rmse를",
        ),
        ("compare korean.yaml --set models.knn.params.n_neighbor=3", 78, "매개변수는 없습니다. 혹시 n_neighbors를"),
        ("compare korean.yaml --set data.target=Y", 78, "표에 'Y' 열이 없습니다. 혹시 y를"),
        ("check korean.yaml --set data.source=tabel.csv", 65, "tabel.csv: 파일이 없습니다. 혹시 table.csv를"),
        (
            "compare korean.yaml --set models.ridge=null --set models.knn.params.n_neighbors=99",
            1,
            "모든 모델이 실패했습니다.\n  knn: ValueError",
        ),
    ],
    ids=["key", "model", "metric", "parameter", "column", "file", "all failed"],
)
def test_errors_are_in_the_language_of_the_pipeline_file(run, arguments, code, text):
    done = run(*arguments.split())
    assert done.returncode == code
    assert text in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ("compare table.csv", 78, "파이프라인 파일이 아니라 표입니다. `skdl init table.csv --target"),
        ("compare koraen.yaml", 78, "koraen.yaml: 파일이 없습니다. 혹시 korean.yaml을"),
        ("init table.csv", 2, "예측할 열을 --target에 적으십시오. 있는 열: 'x', 'y'."),
        ("score nowhere table.csv --out scores --trust-pickle", 78, "nowhere: 저장된 모델이 없습니다."),
        ("report nowhere", 65, "nowhere: 비교 결과가 있는 폴더여야"),
    ],
    ids=["table", "file", "target", "model", "results"],
)
def test_without_a_pipeline_file_errors_are_in_the_language_of_the_environment(run, monkeypatch, arguments, code, text):
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    done = run(*arguments.split())
    assert done.returncode == code
    assert text in done.stderr


@pytest.mark.parametrize(
    "arguments", ["korean.yaml --lang en", "korean.yaml --set lang=en", "english.yaml"], ids=["option", "set", "file"]
)
def test_english_errors_keep_their_text_whatever_the_environment(run, monkeypatch, arguments):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    error = run("compare", *arguments.split(), "--set", "compare.metrics=rsme").stderr
    assert "compare.metrics: no such metric for regression: 'rsme'; did you mean rmse? There are: rmse, mse," in error


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("compare korean.yaml --jbs 2", "--jbs: 이런 옵션은 없습니다. 비슷한 옵션: --jobs, --set."),
        ("compare korean.yaml --jobs two", "정수여야 합니다."),
        ("compare korean.yaml --time-budget soon", "'soon'이 적혀 있습니다. 사용법: skdl compare --help"),
        ("check --lang ko", "'FILE': 빠뜨린 인수나 옵션입니다."),
        ("compare english.yaml more.yaml --lang=ko", "필요 없는 인수가 더 있습니다: more.yaml."),
        ("init table.csv --task regresion --lang ko", "'regression', 'classification' 중 하나여야"),
        ("init table.csv --lang ko --out", "'--out' 옵션에는 값이 필요합니다."),
    ],
    ids=["option", "whole number", "duration", "missing", "extra", "choice", "no value"],
)
def test_usage_errors_are_translated(run, arguments, text):
    done = run(*arguments.split())
    assert done.returncode == 2
    assert text in done.stderr


def test_errors_are_in_the_language_that_a_file_inherits(run, tmp_path):
    for name, parent in (("child", "korean"), ("grandchild", "child")):
        (tmp_path / f"{name}.yaml").write_text(f'extends: "{parent}.yaml"  # its base\nnam: {name}\n')
    error = run("compare", "grandchild.yaml").stderr
    assert "nam: 이런 키는 없습니다. 혹시 name을" in error


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("compare.cv.folds=1", "compare.cv.folds: 2 이상이어야 합니다. 적힌 값: 1."),
        ("compare.cv.folds=50", "폴드 50개에는 행이 50개 이상 있어야 하는데 40개입니다."),
        ("data.numeric=[x,z]", "data.numeric.1: 표에 'z' 열이 없습니다."),
        ("data.drop=x", "학습에 쓸 열이 남지 않았습니다."),
        ("models.svm.use=sklearn.svm.Nope", "sklearn.svm에 'Nope'가 없습니다."),
        ("models.ridge.params.alpha=-1", "쓸 수 있는 값은 [0.0, inf) 범위의 실수 또는"),
        ("models.knn.params.weights=unifrom", "중 하나 또는 함수 또는 None입니다. 적힌 값: 'unifrom'. 혹시 uniform을"),
        ("compare.tune={search: grid, iterations: 3}", "둘 중 하나를 빼십시오. 적힌 값:"),
        ("data.source=builtin:irsi", "이런 표는 없습니다. 혹시 iris를"),
    ],
)
def test_errors_of_values_are_translated(run, setting, text):
    """Those of the file's validation, of the table, of models and of scikit-learn's parameters."""
    error = run("check", "korean.yaml", "--no-time", "--set", setting).stderr
    assert text in error


def test_a_malformed_row_is_described_in_korean(run, tmp_path):
    (tmp_path / "table.csv").write_text("x,y\n1,2\n3,4,5\n")
    error = run("check", "korean.yaml").stderr
    assert "표의 형식이 잘못되었습니다(2행은 2칸이어야 하는데 3칸입니다)." in error
