# One word for each thing that a maintainer does. `just` lists them.
# Tools come from .venv (`just install`), or from the folder that BIN names.

bin := env("BIN", ".venv/bin")
lock := "requirements-ci.lock"

_list:
    @just --list --unsorted

# Make .venv with everything for work on skdl, in CI's versions
install:
    python3 -m venv .venv
    .venv/bin/pip install -q -c {{lock}} -e '.[dev]'

# Find faults of style, spelling and code; mend those that can be mended
lint:
    {{bin}}/ruff check --fix .
    {{bin}}/codespell

format:
    {{bin}}/ruff format .

types:
    {{bin}}/mypy

# Check the rules of the layers
imports:
    {{bin}}/lint-imports

# Everything that CI tests, 3 to 10 minutes; arguments go to pytest
test *arguments:
    {{bin}}/python -m pytest {{arguments}}

# Tests without networks, processes, reports and browser, for work in progress: under 2 minutes
test-quick *arguments:
    {{bin}}/python -m pytest -m "not slow and not networks and not processes and not reports and not browser" {{arguments}}

# Also the thorough variants: every crash point, many random kills, hundreds of examples a property, XLA's own optimisation
test-all *arguments:
    HYPOTHESIS_PROFILE=thorough XLA_FLAGS="" {{bin}}/python -m pytest -m "slow or not slow" {{arguments}}

# Examples in docstrings
doctest *arguments:
    {{bin}}/python -m pytest skdl {{arguments}}

coverage *arguments:
    {{bin}}/python -m pytest --cov --cov-report=term:skip-covered --cov-report=html {{arguments}}

# Write the JSON Schemas that editors and other programs read, and the table of metrics in docs
schema:
    {{bin}}/skdl schema > pipelines/schema.json
    {{bin}}/skdl schema results > docs/results.schema.json
    {{bin}}/python docs/write_tables.py

# Bundle the page of `skdl explore` from its TypeScript, after checking types; needs Node
page:
    cd skdl/explore/page && npm ci && npm run check && npm run build

# Run one script of benchmarks/, by its name without .py
bench name *arguments:
    {{bin}}/python benchmarks/{{name}}.py {{arguments}}

# Run what CI runs
ci:
    .ci/run

# Pin what CI installs to the newest versions that fit
lock:
    {{bin}}/uv pip compile --universal --python-version 3.11 --all-extras --upgrade --no-header --no-annotate \
        --no-emit-index-url --output-file {{lock}} pyproject.toml

# Write a news fragment: just news 42.fixed "What a user sees." (kinds: models, added, changed, fixed, removed)
news name text:
    {{bin}}/towncrier create --content "{{text}}" {{name}}.md

# Show the changelog that the fragments make
news-draft:
    {{bin}}/towncrier build --draft --version unreleased
