"""Embeddings as text: which columns a network turned up or down, and how to read the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.report._format import fixed, share
from skdl.report.sections.embeddings.plot import shown_scales

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import InputScale, LearnedInputs, Summary

_N_NAMED = 3


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe every network that embeds its columns, best model first; None without one."""
    models = [
        _model(name, number, inputs, strings) for number, (name, inputs) in enumerate(summary.learned_inputs.items())
    ]
    if not models:
        return None
    name, inputs = next(iter(summary.learned_inputs.items()))
    top = ", ".join(scale.column for scale in inputs.scales[:_N_NAMED])
    return {"contents": strings("embeddings.contents", model=name, columns=top), "models": models}


def _model(name: str, number: int, inputs: LearnedInputs, strings: Strings) -> dict[str, Any]:
    shown = shown_scales(inputs)
    n_hidden = len(inputs.scales) - len(shown)
    categories = [
        {
            "picture": f"category-{number}-{index}",
            "caption": strings(
                "embeddings.category" if one.n_levels == len(one.levels) else "embeddings.category_some",
                column=one.column,
                n=one.n_levels,
                shown=len(one.levels),
                share=share(one.explained),
            ),
        }
        for index, one in enumerate(inputs.categories)
    ]
    numbers = [
        {"picture": f"number-{number}-{index}", "caption": strings("embeddings.number", column=one.column)}
        for index, one in enumerate(inputs.numbers)
    ]
    parts = [("categories", categories), ("numbers", numbers)]
    return {
        "title": strings("embeddings.title", model=name),
        "folds": inputs.n_folds,
        "picture": f"scales-{number}",
        "scales": [_scale_line(scale, strings) for scale in shown],  # for Markdown
        "more": strings("embeddings.more", n=n_hidden) if n_hidden else None,
        "parts": [
            (strings(f"embeddings.{part}"), strings(f"embeddings.{part}_how"), pictures)
            for part, pictures in parts
            if pictures
        ],
    }


def _scale_line(scale: InputScale, strings: Strings) -> tuple[str, str, str]:
    fold_range = strings("embeddings.range", low=fixed(scale.low, 2), high=fixed(scale.high, 2))
    return scale.column, fixed(scale.mean, 2), fold_range
