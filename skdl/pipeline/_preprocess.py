"""The ``preprocess`` section as a scikit-learn `ColumnTransformer`, fitted inside each fold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from skdl.exceptions import DataError
from skdl.pipeline._columns import find_recipe, kinds_of_columns, no_features
from skdl.spec import CategoricalSpec, NumericSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.pipeline._table import TrainingTable
    from skdl.spec import ColumnRecipe, DataSpec, PreprocessSpec, Scale, TextSpec


@dataclass(frozen=True, kw_only=True)
class ModelInputs:
    """The columns that a model takes as they are, or in another form than numbers in a dense array."""

    takes_sparse: bool = False  # categories of which there are many, as a sparse matrix
    is_penalised: bool = False  # then also the words of a text
    takes_raw: bool = False  # all columns, which it codes itself
    most_categories: int = 0  # of a column of categories that it gets as codes
    whole_categories: bool = False  # whether such codes are whole numbers, in a DataFrame
    is_compiled: bool = False  # for the number of its inputs, which therefore is the same in all folds


@dataclass(frozen=True)
class _Order:
    """Preprocessing of ordered categories: their places in the order, which are then numbers."""

    numbers: NumericSpec | Literal["passthrough"]


@dataclass(frozen=True)
class _Codes:
    """Preprocessing of categories for a model that takes them as such: their codes, from 0."""

    categories: CategoricalSpec
    whole: bool  # whether unknown ones are -1, and all codes whole numbers; else unknown ones are NaN


@dataclass(frozen=True)
class _Text:
    """Preprocessing of one column of text; ``components`` is None for a sparse matrix."""

    column: str
    counted: Literal["words", "characters"]
    components: int | None
    scale: Scale


# How a column is preprocessed; passthrough leaves it as it is.
_Recipe = NumericSpec | CategoricalSpec | _Codes | _Order | _Text | Literal["passthrough"]

# Categories of a column that become a column each in a dense array: 200 of them take 1.6 GB for a million rows.
_MOST_DENSE = 200
_MAX_QUANTILES = 1000
_ENCODER_FOLDS = 5
_MAX_PIXEL = 255
_MISSING_CATEGORY = "missing"
# Words, or groups of characters, are counted in 2**14 columns by their hash values: no vocabulary is kept, and neither
# memory nor a saved model grows with the number of different words. On 2,500 English sentences of four topics that
# costs 0.5 % of accuracy.
_N_HASHES = 2**14
# Groups of characters know parts of words, as Korean needs, but there are ten times as many of them: 20,000 texts of
# 140 characters take 5 s a fit.
_MOST_CHARACTERS = 2_000_000
_MIN_CHARACTERS, _MAX_CHARACTERS = 3, 4  # of a group


def build_preprocessor(
    preprocess: PreprocessSpec, data: DataSpec, table: TrainingTable, inputs: ModelInputs, *, min_rows: int, seed: int
) -> tuple[Any, int]:
    """Build the preprocessing of one model, its scaling resolved; ``min_rows`` is the smallest number of rows of a fit.

    Return it with the number of columns of categories that the model gets as codes; these come first. A model takes
    columns of up to ``most_categories`` in this way, unless the file chooses an encoding.

    A model that ``takes_sparse`` gets categories of which there are many as a sparse matrix; for others a column for
    each category would take gigabytes, so these are encoded by the target. It gets the words of a text as a sparse
    matrix, too, where it ``is_penalised``. The transformer has one part for all columns with the same preprocessing,
    ``numeric`` and ``categorical`` first where there are no codes, and one for each column of text.
    """
    from sklearn.compose import ColumnTransformer

    groups = _group_columns(preprocess, data, table, inputs)
    n_codes = sum(len(columns) for _, recipe, columns in groups if isinstance(recipe, _Codes))
    wide = {name for name, recipe, columns in groups if inputs.takes_sparse and _is_wide(recipe, table, columns)}
    parts = [
        (
            name,
            _make_transformer(
                recipe,
                columns,
                data.source,
                table,
                min_rows=min_rows,
                seed=seed,
                sparse=name in wide,
                declared=inputs.is_compiled,
            ),
            columns,
        )
        for name, recipe, columns in groups
    ]
    if not parts:
        raise DataError(no_features(data))
    if inputs.takes_raw and not any(isinstance(recipe, _Text | _Order) for _, recipe, _ in groups):
        # As a DataFrame, whatever the caller's setting: the model distinguishes columns by their types.
        raw = [(name, _declare_categories(columns, table), columns) for name, _, columns in groups]
        return ColumnTransformer(raw, verbose_feature_names_out=False).set_output(transform="pandas"), 0
    # A threshold of 0 is always dense and of 1 always sparse, whatever the share of zeros in a fold.
    threshold = 1.0 if wide else 0
    whole = ColumnTransformer(parts, remainder="drop", sparse_threshold=threshold, verbose_feature_names_out=False)
    # In an array of numbers the codes would be floating-point.
    return whole.set_output(transform="pandas") if inputs.whole_categories and n_codes else whole, n_codes


def has_many_categories(n_categories: int) -> bool:
    """Whether a column has more categories than are encoded as a column each in a dense array."""
    return n_categories > _MOST_DENSE


def encoding_of(column: str, preprocess: PreprocessSpec) -> str:
    """Return the encoding of a column that the file chooses for all models."""
    own = find_recipe(column, preprocess.columns)
    return (own and own.encode) or preprocess.categorical.encode


def counted_in(column: pd.Series, recipe: TextSpec) -> Literal["words", "characters", "drop"]:
    """Return what is counted in a column of text."""
    if recipe.encode != "auto":
        return recipe.encode
    return "characters" if column.str.len().sum() <= _MOST_CHARACTERS else "words"


def _declare_categories(columns: Sequence[str], table: TrainingTable) -> Any:
    """Return what makes texts categories of all values of the table, so that networks of all folds share their layers.

    "passthrough" where there are none. Pandas categories declare their values already; of very many values a network
    pads the number, so that most folds share the layers anyway.
    """
    from sklearn.preprocessing import FunctionTransformer

    from skdl.preprocessing import as_categories

    known = {name: table.texts(name) for name in columns if not isinstance(table.X[name].dtype, pd.CategoricalDtype)}
    texts = {name: values for name, values in known.items() if values}
    if not texts:
        return "passthrough"
    return FunctionTransformer(as_categories, kw_args={"categories": texts}, feature_names_out="one-to-one")


def _is_wide(recipe: _Recipe, table: TrainingTable, columns: Sequence[str]) -> bool:
    if isinstance(recipe, _Text):
        return recipe.components is None
    is_onehot = isinstance(recipe, CategoricalSpec) and recipe.encode == "onehot" and recipe.max_categories is None
    return is_onehot and any(has_many_categories(table.n_distinct(name)) for name in columns)


def _group_columns(
    preprocess: PreprocessSpec, data: DataSpec, table: TrainingTable, inputs: ModelInputs
) -> list[tuple[str, _Recipe, list[str]]]:
    """Group the columns with the same preprocessing; return name, preprocessing and columns of each group."""
    X = table.X
    kinds = kinds_of_columns(X, data, preprocess, known=table.kinds)
    # Words are counted in a sparse matrix, of which no DataFrame is made.
    most_categories = 0 if inputs.whole_categories and kinds.text else inputs.most_categories
    groups: dict[_Recipe, list[str]] = {preprocess.numeric: [], preprocess.categorical: []}
    by_kind: tuple[tuple[NumericSpec | CategoricalSpec, tuple[str, ...]], ...] = (
        (preprocess.numeric, kinds.numeric),
        (preprocess.categorical, kinds.categorical),
    )
    ordered = {name for name, dtype in X.dtypes.items() if isinstance(dtype, pd.CategoricalDtype) and dtype.ordered}
    for of_kind, columns in by_kind:
        for column in columns:
            own = find_recipe(column, preprocess.columns)
            has_order = column in ordered and _uses_order(column, own, preprocess, data)
            base = preprocess.numeric if has_order else of_kind
            recipe: _Recipe = base if own is None else "passthrough" if own.passthrough else own.on_top_of(base)
            if has_order:
                assert not isinstance(recipe, CategoricalSpec | _Codes | _Order | _Text)
                recipe = _Order(recipe)
            if isinstance(recipe, CategoricalSpec) and recipe.impute == "constant":
                recipe = recipe.model_copy(update={"fill_value": _choose_fill_value(X[column], recipe.fill_value)})
            if isinstance(recipe, CategoricalSpec) and recipe.encode == "auto":
                if table.n_distinct(column) <= most_categories:
                    groups.setdefault(_Codes(recipe, inputs.whole_categories), []).append(column)
                    continue
                encoding = _choose_encoding(recipe, column, table, takes_sparse=inputs.takes_sparse)
                recipe = recipe.model_copy(update=encoding)
            groups.setdefault(recipe, []).append(column)
    for column in kinds.text:
        counted = counted_in(X[column], preprocess.text)
        if counted != "drop":
            components = None if inputs.takes_sparse and inputs.is_penalised else preprocess.text.components
            groups[_Text(column, counted, components, preprocess.numeric.scale)] = [column]
    return _name_groups(groups)


def _name_groups(groups: dict[_Recipe, list[str]]) -> list[tuple[str, _Recipe, list[str]]]:
    """Name the groups that have columns, codes of categories first."""
    filled = [(recipe, columns) for recipe, columns in groups.items() if columns]
    groups = dict(sorted(filled, key=lambda one: not isinstance(one[0], _Codes)))
    stems = {
        NumericSpec: "numeric",
        CategoricalSpec: "categorical",
        _Codes: "categorical",
        _Order: "ordered",
        _Text: "text",
    }
    names: list[str] = []
    for recipe in groups:
        stem = recipe if isinstance(recipe, str) else stems[type(recipe)]
        n_same = sum(name.startswith(stem) for name in names)
        names.append(f"{stem}_{n_same + 1}" if n_same else stem)
    return [(name, recipe, columns) for name, (recipe, columns) in zip(names, groups.items(), strict=True)]


def _uses_order(column: str, own: ColumnRecipe | None, preprocess: PreprocessSpec, data: DataSpec) -> bool:
    """Whether ordered categories are encoded by their order, and not as the file says otherwise."""
    if own is not None and own.encode is not None:
        return own.encode in {"auto", "ordinal"}
    return column in data.ordered or preprocess.categorical.encode in {"auto", "ordinal"}


def _choose_encoding(
    recipe: CategoricalSpec, column: str, table: TrainingTable, *, takes_sparse: bool
) -> dict[str, Any]:
    """Return the encoding of a column, with what it takes: one-hot unless that has too many columns for the model."""
    has_limit = recipe.max_categories is not None or recipe.min_frequency is not None
    if takes_sparse or has_limit or not has_many_categories(table.n_distinct(column)):
        return {"encode": "onehot"}
    if isinstance(table.y, pd.DataFrame):  # target encoding takes one target
        return {"encode": "onehot", "max_categories": _MOST_DENSE}
    return {"encode": "target"}


def _choose_fill_value(categories: pd.Series, asked: object) -> Any:
    """Return the category of missing values: of the same type as the others, and different from all of them."""
    if not is_numeric_dtype(categories.dtype):
        return _MISSING_CATEGORY if asked is None else str(asked)
    if isinstance(asked, int | float):
        return asked
    lowest = categories.min() if categories.notna().any() else 0
    dtype = categories.dtype
    # A number below all categories, so that it is none of them; whole where SimpleImputer keeps whole numbers.
    if not isinstance(dtype, np.dtype) or dtype.kind not in "iu":
        return float(np.floor(lowest)) - 1
    smallest = np.iinfo(dtype.name).min
    return int(lowest) - 1 if lowest > smallest else int(categories.max()) + 1


def _make_transformer(
    recipe: _Recipe,
    columns: list[str],
    source: str,
    table: TrainingTable,
    *,
    min_rows: int,
    seed: int,
    sparse: bool,
    declared: bool = False,
) -> Any:
    from sklearn.impute import KNNImputer, SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    if isinstance(recipe, str):
        return recipe
    if isinstance(recipe, _Text):
        return _make_text_encoder(recipe, min_rows, seed)
    if isinstance(recipe, _Order):
        levels = [table.X[column].cat.categories.to_numpy() for column in columns]
        # An unknown category counts as missing; the number of a missing one is imputed.
        encoder = OrdinalEncoder(categories=levels, handle_unknown="use_encoded_value", unknown_value=np.nan)
        places = _make_transformer(recipe.numbers, columns, source, table, min_rows=min_rows, seed=seed, sparse=False)
        return encoder if isinstance(places, str) else make_pipeline(encoder, *(step for _, step in places.steps))
    if isinstance(recipe, _Codes):
        spec = recipe.categories
        unknown: dict[str, Any] = (
            {"unknown_value": -1, "dtype": np.int64} if recipe.whole else {"unknown_value": np.nan}
        )
        return make_pipeline(
            SimpleImputer(strategy=spec.impute, fill_value=spec.fill_value, keep_empty_features=True),
            OrdinalEncoder(
                handle_unknown="use_encoded_value",
                min_frequency=spec.min_frequency,
                max_categories=spec.max_categories,
                **unknown,
            ),
        )
    if isinstance(recipe, CategoricalSpec):
        # A column without any value in one training part is kept, so that all folds have the same columns.
        imputer = SimpleImputer(strategy=recipe.impute, fill_value=recipe.fill_value, keep_empty_features=True)
        texts = _all_texts(recipe, columns, table) if declared and recipe.encode == "onehot" else None
        return make_pipeline(imputer, _make_encoder(recipe, source, table, seed, sparse=sparse, texts=texts))
    steps = []
    shared = {"keep_empty_features": True, "add_indicator": recipe.indicator}  # kept as above
    if recipe.impute == "knn":
        steps.append(KNNImputer(**shared))
    elif recipe.impute != "none":
        steps.append(SimpleImputer(strategy=recipe.impute, fill_value=recipe.fill_value, **shared))
    if recipe.scale != "none":
        steps.append(_make_scaler(recipe.scale, min_rows, seed))
    return make_pipeline(*steps) if steps else "passthrough"


def _make_text_encoder(recipe: _Text, min_rows: int, seed: int) -> Any:
    """Count words or groups of characters, weight them by tf-idf, and reduce them unless the model takes them all."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    of_characters = {"analyzer": "char_wb", "ngram_range": (_MIN_CHARACTERS, _MAX_CHARACTERS)}
    steps: list[Any] = [
        SimpleImputer(strategy="constant", fill_value="", keep_empty_features=True),  # a missing text has no words
        FunctionTransformer(np.ravel),
        HashingVectorizer(
            n_features=_N_HASHES,
            norm=None,
            alternate_sign=False,
            **(of_characters if recipe.counted == "characters" else {}),
        ),
        TfidfTransformer(sublinear_tf=True),
    ]
    if recipe.components is not None:
        steps.append(TruncatedSVD(recipe.components, random_state=seed))
        if recipe.scale != "none":
            steps.append(_make_scaler(recipe.scale, min_rows, seed))
    return make_pipeline(*steps)


def _make_scaler(scale: str, min_rows: int, seed: int) -> Any:
    from sklearn import preprocessing

    if scale == "quantile":
        # QuantileTransformer warns where it has more quantiles than rows to fit on.
        n_quantiles = min(_MAX_QUANTILES, max(2, min_rows))
        return preprocessing.QuantileTransformer(n_quantiles=n_quantiles, random_state=seed)
    if scale == "pixels":  # one factor for all: a scaler for each column would inflate nearly constant pixels
        divide = partial(np.multiply, 1 / _MAX_PIXEL)
        return preprocessing.FunctionTransformer(divide, feature_names_out="one-to-one")
    from skdl.preprocessing import PiecewiseLinearEncoder, RobustSmoothClip

    scalers = {
        "robust_clip": RobustSmoothClip,
        "piecewise": PiecewiseLinearEncoder,
        "minmax": preprocessing.MinMaxScaler,
        "standard": preprocessing.StandardScaler,
        "robust": preprocessing.RobustScaler,
    }
    return scalers[scale]()


def _all_texts(recipe: CategoricalSpec, columns: list[str], table: TrainingTable) -> list[list[str]] | None:
    """Return the texts of each column in all rows, with that of missing ones; None where some are not known.

    A fold that lacks one has a column of zeros for it, whose weights a Keras network of skdl sets to zero.
    """
    known = []
    for name in columns:
        texts = table.texts(name)
        if texts is None:
            return None
        is_filled = recipe.impute == "constant" and table.X[name].isna().any()
        known.append(sorted({*texts, str(recipe.fill_value)}) if is_filled else texts)
    return known


def _make_encoder(
    recipe: CategoricalSpec,
    source: str,
    table: TrainingTable,
    seed: int,
    *,
    sparse: bool,
    texts: list[list[str]] | None = None,
) -> Any:
    from sklearn.model_selection import KFold
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

    rare = {"min_frequency": recipe.min_frequency, "max_categories": recipe.max_categories}
    if recipe.encode == "onehot":
        # An unknown category counts as one of the merged rare ones, where they are merged; else all its columns are 0.
        has_limit = any(limit is not None for limit in rare.values())
        unknown = "infrequent_if_exist" if has_limit else "ignore"
        categories: Any = "auto" if texts is None or has_limit else texts
        return OneHotEncoder(categories=categories, handle_unknown=unknown, sparse_output=sparse, **rare)
    if recipe.encode == "ordinal":
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, **rare)
    y = table.y
    if isinstance(y, pd.DataFrame):
        text = "{source}: encode: target needs one target column; got {n}. Choose onehot."
        raise DataError.of("encode_several_targets", text, source=source, n=y.shape[1])
    by_classes = "binary" if y.nunique() == 2 else "multiclass"
    target_type = "continuous" if table.task == "regression" else by_classes
    # scikit-learn 1.9 takes a splitter and deprecates the seed; 1.8 takes the seed only. Remove the last line with 1.8.
    if TargetEncoder().shuffle == "deprecated":
        cv = KFold(_ENCODER_FOLDS, shuffle=True, random_state=seed)
        return TargetEncoder(target_type=target_type, cv=cv)
    return TargetEncoder(target_type=target_type, cv=_ENCODER_FOLDS, random_state=seed)
