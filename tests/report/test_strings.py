"""Strings of each language: the same keys, the same values, nothing left in English."""

import ast
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from importlib.resources import files
from string import Formatter

import pytest
import yaml

from skdl import exceptions
from skdl.catalogue import catalogue
from skdl.diagnosis import DIAGNOSES
from skdl.report import strings_of
from skdl.report.sections import SECTIONS, describe_sections, section_file

# Written in English by other layers, and translated by their code: only the other languages have strings for them.
NOT_IN_ENGLISH = ("note.", "metric.", "model.", "diagnosis.")
OF = {"Note.of", *(f"{error}.of" for error in exceptions.__all__)}
MAKERS = {"Note", *OF, "Undefined", "TextPattern", "within", "_note"}  # what takes the code of a note first
ERRORS = {*exceptions.__all__, "Problem"}
# Modules whose errors no command shows, and the number of such errors in others.
FOR_PYTHON = (
    *("analysis/", "diagnosis/", "estimators/", "schema/"),
    *("_arguments.py", "_json.py", "_keras_models.py", "frozen.py", "comparison/_arguments.py"),
)
OF_ARGUMENTS = {
    "comparison/_compare.py": 6,
    "comparison/_comparison.py": 3,
    "comparison/_plan.py": 6,
    "cross_validation/_splits.py": 6,
    "metrics/_metric.py": 1,
    "pipeline/_pipeline.py": 4,
    "report/_pages.py": 1,
    "saved_models/_save.py": 3,
    "scoring/_score.py": 10,
}
# Symbols and commands read the same in every language.
AS_IN_ENGLISH = {"against.p", "column.p", "column.rank", "errors.f1", "errors.roc_auc", "plot.prices", "verdict.score"}
LANGUAGES = sorted(path.name.removesuffix(".yaml") for path in files("skdl.report").joinpath("strings").iterdir())
OTHERS = [lang for lang in LANGUAGES if lang != "en"]


def placeholders(template):
    """Names of the values that a sentence puts in."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@cache
def makings_of_notes():
    """Find the calls in the package that create a note with a literal code."""
    texts = [path.read_text(encoding="utf-8") for path in files("skdl").rglob("*.py")]
    trees = [ast.parse(text) for text in texts if any(f"{maker}(" in text for maker in MAKERS)]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [call for call in calls if {ast.unparse(call.func), getattr(call.func, "attr", "")} & MAKERS]
    return [call for call in made if codes_of(call)]


def codes_of(call):
    """Return the code that a call names, or both of a conditional expression."""
    code = call.args[0]
    named = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
    return {one.value for one in named if isinstance(one, ast.Constant)}


def values_of(call):
    """Names of the values of a note, where its call shows all of them; else None."""
    if ast.unparse(call.func) in OF:
        names = {keyword.arg for keyword in call.keywords}
        return None if None in names else names
    given = call.args[2] if len(call.args) > 2 else None
    whole = isinstance(given, ast.Dict) and None not in given.keys
    return {key.value for key in given.keys} if whole else None


@pytest.fixture(params=OTHERS)
def pair(request):
    """Return the English table and that of another language."""
    return strings_of("en").table, strings_of(request.param).table


def test_every_language_has_the_same_keys(pair):
    """One that lacks a key would end in an error on some page."""
    english, other = pair
    assert english.keys() == {key for key in other if not key.startswith(NOT_IN_ENGLISH)}


def test_every_sentence_puts_in_the_same_values(pair):
    """In an order of its own."""
    english, other = pair
    assert {key: placeholders(other[key]) for key in english} == {key: placeholders(english[key]) for key in english}


def test_nothing_is_left_in_english(pair):
    """Except symbols and commands."""
    english, other = pair
    assert {key for key in english if other[key] == english[key]} <= AS_IN_ENGLISH


def test_every_note_of_the_package_is_translated(pair):
    """And every translation belongs to a note of the package."""
    _, other = pair
    worded = {key.split(".", 1)[1] for key in other if key.startswith("note.")}
    plain = {key for key in worded if "." not in key}
    because = {key.removeprefix("because.") for key in worded if key.startswith("because.")}
    made = {code for call in makings_of_notes() for code in codes_of(call)} - {""}  # a name or a number has no code
    draft = files("skdl.pipeline_tools").joinpath("draft.yaml.jinja").read_text(encoding="utf-8")
    made |= set(re.findall(r'\bnote\("(\w+)"', draft))
    made |= {"init_text_with_letter", "init_text_with_title"}  # chosen in a loop
    reasons = {key for key in plain if key.removeprefix("init_") in because}  # of a draft, without the advice
    assert plain | because == made | reasons


def test_every_error_of_a_command_has_a_note():
    """An error whose text is no note stays English. Some are about arguments of functions, which no command has."""
    plain = Counter()
    root = files("skdl")
    for path in root.rglob("*.py"):
        module = path.relative_to(root).as_posix()
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and (kind := getattr(call.func, "id", "")) in ERRORS:
                text = call.args[kind == "Problem"] if call.args else None
                plain[module] += isinstance(text, ast.Constant | ast.JoinedStr | ast.BinOp)
    met = {module: n for module, n in plain.items() if n and not module.startswith(FOR_PYTHON)}
    assert met == OF_ARGUMENTS


def test_translations_use_only_values_of_their_note(pair):
    """Where the call has a literal code; nested notes are tested where they are made."""
    _, other = pair
    calls = [call for call in makings_of_notes() if values_of(call) is not None]
    held = {code: values_of(call) for call in calls for code in codes_of(call)}
    whole = {code: values | {"model"} for code, values in held.items() if f"note.{code}" in other}  # named later
    assert len(whole) > 10
    assert [code for code, values in whole.items() if placeholders(other[f"note.{code}"]) - values] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_string_can_be_formatted(lang):
    """No particle or format that there is not: it would end the command that shows the string."""
    strings = strings_of(lang)
    for key, template in strings.table.items():
        strings(key, **dict.fromkeys(placeholders(template), 1))


def test_every_model_of_the_catalogue_is_described(pair):
    """What it is, when to use it, and whether its features need scaling."""
    _, other = pair
    parts = {f"model.{entry.name}_{part}" for entry in catalogue() for part in ("description", "when", "scaling")}
    assert parts == {key for key in other if key.startswith("model.")}


def test_every_diagnosis_is_translated(pair):
    """Label, meaning and advice, and no diagnosis that there is not."""
    _, other = pair
    parts = {
        f"diagnosis.{code}.{part}"
        for code, text in DIAGNOSES.items()
        for part in ("label", "meaning", "advice")
        if getattr(text, part)
    }
    assert parts == {key for key in other if key.startswith("diagnosis.")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_key_is_duplicated(lang):
    """YAML would silently keep the last one."""
    texts = [
        files("skdl.report").joinpath("strings", f"{lang}.yaml").read_text(encoding="utf-8"),
        *(section_file(section, f"strings.{lang}.yaml") for section in SECTIONS),
    ]
    groups = [group for text in texts for group in yaml.SafeLoader(text).get_single_node().value]
    keys = Counter(f"{group.value}.{key.value}" for group, table in groups for key, _ in table.value)
    assert [key for key, n in keys.items() if n > 1] == []


def test_a_cell_of_a_table_has_the_spacing_of_its_language(plotless):
    strings = strings_of("ko")
    summary = replace(plotless, models=[replace(plotless.models[0], gain=1.0, gain_share=0.54)])
    cells = describe_sections(summary, strings)["leaderboard"]["lines"][0]["compared"]
    assert [(str(cell), strings.set_spacing(cell)) for cell in cells if "%" in str(cell)] == [("54 %", "54%")]


@pytest.mark.parametrize(
    ("n", "text"), [(1, "1 row, 2 features, target y"), (21, "21 rows, 2 features, target y")], ids=["one", "more"]
)
def test_nouns_after_one_are_singular(n, text):
    assert strings_of("en")("lead.data", rows=n, columns=2, target="y") == text
    tested = "In the 1 slice tested, x." if n == 1 else f"In the {n} slices tested, x."
    assert strings_of("en")("slices.sentence", n=n, parts="x") == tested
