"""thin whole"""
from __future__ import annotations
import json, sys
from pathlib import Path
import jinja2
import pandas as pd
from skdl.pipeline import read_pipeline, build_estimators, load_table
from skdl.schema import describe_model
from skdl.explore._fit import fit_recorded, snapshots_within
from skdl.explore._page import Subject, prepare, page_data
from skdl.explore._texts import explore_strings

def main(spec, name, out, n_rows=0, lang="en"):
    spec = spec if not isinstance(spec, str) else read_pipeline(spec)
    table = load_table(spec)
    est = build_estimators(spec, table)[name]
    fitted = fit_recorded(est, table.X, table.y, table.groups, table.weights)
    schema = describe_model(fitted.model, table.X, table.y)[0]
    prepared = prepare(Subject(spec.name, name, fitted.model, schema, table.X, table.y))
    strings, of_page = explore_strings(lang)
    data = page_data(prepared, strings, of_page)
    data["snapshots"] = snapshots_within(fitted, 700_000, [(30, 16), (30, 8), (20, 8), (12, 8), (8, 8), (5, 8)])
    net = fitted.network
    data["training"] = {"history": net.history_, "kept_epoch": net.kept_epoch, "diagnosis": [{"title": "Healthy", "text": "Well.", "level": "good"}], "parameters": {"learning_rate": str(net.learning_rate)}}
    if n_rows:
        X = table.X.iloc[:n_rows]
        cells = prepared.columns.cells(X)
        y = table.y.iloc[:n_rows]
        t = [[list(schema.classes).index(v) for v in y.tolist()]] if schema.classes else [[float(v) for v in y]]
        data["rows"] = {"n": len(X), "cells": [[None if v != v else v for v in c] for c in cells.T.tolist()], "target": t}
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    Path(out).parent.mkdir(exist_ok=True)
    Path(out + ".json").write_text(text)
    page = Path(__file__).parent / "page"
    html = jinja2.Environment().from_string((page / "page.html").read_text()).render(
        lang=lang, title=spec.name, style=(page/"style.css").read_text() if (page/"style.css").exists() else "",
        script=(page/"explore.js").read_text() if (page/"explore.js").exists() else "", data=text.replace("</", "<\\/"))
    Path(out + ".html").write_text(html)
    print(out, len(text), len(html))
