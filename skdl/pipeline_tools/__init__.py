"""Tools around pipeline files: a first draft (``skdl init``), a plain script (``skdl export-code``), a JSON Schema.

- Draft: `_survey` turns a table into a `Survey`; `_draft` chooses task, models, folds and metrics for it (`Goal`), with
  the tests of `_effects`, and fills in ``draft.yaml.jinja``; `_decisions` lists what was decided, for the terminal.
- Script: `_source` writes values as Python, `_table_source` the reading of a table; `_export` puts them into
  ``script.py.jinja``.
- Schema: `_parameters` reads signatures and docstrings of models; `_schema` adds them to pydantic's schema.
"""

from skdl.pipeline_tools._draft import Draft, draft_pipeline, table_name
from skdl.pipeline_tools._export import export_code
from skdl.pipeline_tools._parameters import Parameter, choices_of, parameters_of
from skdl.pipeline_tools._schema import pipeline_schema
from skdl.pipeline_tools._source import Name, SourceWriter
from skdl.pipeline_tools._survey import survey_table

__all__ = [
    "Draft",
    "Name",
    "Parameter",
    "SourceWriter",
    "choices_of",
    "draft_pipeline",
    "export_code",
    "parameters_of",
    "pipeline_schema",
    "survey_table",
    "table_name",
]
