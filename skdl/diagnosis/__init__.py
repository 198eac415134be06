"""Diagnosis of training curves: history -> smoothed `Curve` -> rules -> `TrainingDiagnosis` -> remedies.

NumPy and SciPy only. The findings are codes with measured values; `DIAGNOSES` has their text in English, which
reports in other languages translate by the code.
"""

from skdl.diagnosis._descriptions import DIAGNOSES, DiagnosisText
from skdl.diagnosis._diagnose import TrainingDiagnosis, TrainingFinding, diagnose_training, over_folds
from skdl.diagnosis._remedies import changed_parameters, remedy_yaml
from skdl.diagnosis._rules import is_underfit

__all__ = [
    "DIAGNOSES",
    "DiagnosisText",
    "TrainingDiagnosis",
    "TrainingFinding",
    "changed_parameters",
    "diagnose_training",
    "is_underfit",
    "over_folds",
    "remedy_yaml",
]
