"""Everything a report says, as plain values; no renderer and no estimator."""

from skdl.report.summary._data import DataSummary
from skdl.report.summary._errors import (
    CalibrationBin,
    ClassErrors,
    ClassMeasures,
    Cloud,
    CostCurve,
    ErrorsSummary,
    Line,
    MisreadImage,
    RegressionErrors,
    Thresholds,
    WorstRow,
)
from skdl.report.summary._models import Against, AgainstRow, FoldRow, ModelRow, Pair, Score, ScoreColumn
from skdl.report.summary._networks import Curve, CurveReading, Layer, NetworkSummary
from skdl.report.summary._ship import InputColumn, SavedModelSummary
from skdl.report.summary._summary import Summary
from skdl.report.summary._tuning import ChosenValue, TunedParameter, TuningSummary
from skdl.report.summary._verdict import Protocol, Reason, VerdictSummary

__all__ = [
    "Against",
    "AgainstRow",
    "CalibrationBin",
    "ChosenValue",
    "ClassErrors",
    "ClassMeasures",
    "Cloud",
    "CostCurve",
    "Curve",
    "CurveReading",
    "DataSummary",
    "ErrorsSummary",
    "FoldRow",
    "InputColumn",
    "Layer",
    "Line",
    "MisreadImage",
    "ModelRow",
    "NetworkSummary",
    "Pair",
    "Protocol",
    "Reason",
    "RegressionErrors",
    "SavedModelSummary",
    "Score",
    "ScoreColumn",
    "Summary",
    "Thresholds",
    "TunedParameter",
    "TuningSummary",
    "VerdictSummary",
    "WorstRow",
]
