"""Networks as text: architecture, training, and diagnoses."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from skdl.diagnosis import DIAGNOSES, DiagnosisText
from skdl.report._format import at_least_one_digit, count, fixed, share
from skdl.report.sections._scores import score_decimals

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import CurveReading, NetworkSummary, Summary

_MOST_OF_TRAINING = 0.8


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe every network, in the order of the models; None if there is none."""
    networks = [_network(network, summary, strings) for network in summary.networks]
    if not networks:
        return None
    names = ", ".join(network.model for network in summary.networks)
    return {"contents": strings("networks.contents", models=names), "networks": networks}


def _network(network: NetworkSummary, summary: Summary, strings: Strings) -> dict[str, Any]:
    """Describe a network's layers, facts of its training, and diagnoses."""
    lengths = [len(curve.loss) for curve in network.curves]
    best = [curve.best_epoch for curve in network.curves if curve.best_epoch is not None]
    facts = [strings("networks.parameters", n=count(network.n_parameters)), strings("networks.loss", loss=network.loss)]
    if lengths:
        shortest, longest = min(lengths), max(lengths)
        key = "networks.epochs" if shortest == longest else "networks.epochs_range"
        facts.append(strings(key, epochs=longest, low=shortest, high=longest))
    if best:
        facts.append(strings("networks.best", epoch=fixed(median(best), 0)))
    if network.seed_spread is not None:
        spread = at_least_one_digit(network.seed_spread, score_decimals(summary))
        facts.append(strings("networks.seed_spread", metric=summary.columns[0].label, spread=spread))
    return {
        "model": network.model,
        "architecture": network.architecture,
        "facts": facts,
        "diagnoses": [_diagnosis(reading, _kept(network), strings) for reading in network.readings],
        "layers": [
            {
                "kind": strings(key) if strings.has(key := f"networks.layer.{layer.kind}") else layer.kind,
                "units": layer.units,
                "details": layer.details,
                # The input has none.
                "weights": strings("networks.parameters", n=count(layer.n_parameters)) if layer.n_parameters else "",
            }
            for layer in network.layers
        ],
        "has_baseline": any(curve.baseline_loss is not None for curve in network.curves),
        "has_validation": any(curve.val_loss for curve in network.curves),
        "has_best": bool(best),
    }


def _kept(network: NetworkSummary) -> tuple[float, float] | None:
    """Median best epoch and number of epochs, where training went on well beyond the weights that were kept."""
    known = [(curve.best_epoch, len(curve.loss)) for curve in network.curves if curve.best_epoch is not None]
    if not known:
        return None
    best, epochs = (float(median(values)) for values in zip(*known, strict=True))
    return (best, epochs) if best < _MOST_OF_TRAINING * epochs else None


def _diagnosis(reading: CurveReading, kept: tuple[float, float] | None, strings: Strings) -> dict[str, Any]:
    """Describe a diagnosis; a code that this version does not know is shown as it is."""
    code, known = reading.code, {}
    share_key = "networks.share" if reading.share == 1.0 else "networks.share_some"
    # The whole curve may overfit: what is healthy are the weights that early stopping kept.
    if code == "healthy" and kept is not None:
        best, epochs = (fixed(value, 0) for value in kept)
        known["meaning"] = strings("networks.healthy_kept", best=best, epochs=epochs)
    return {
        "kind": "good" if code == "healthy" else "mild",
        "share": strings(share_key, share=share(reading.share)),
        "change": reading.change,  # as YAML
        **diagnosis_texts(code, strings),
        **known,
    }


def diagnosis_texts(code: str, strings: Strings) -> dict[str, str]:
    """Label, meaning and advice of a diagnosis, translated."""
    english = DIAGNOSES.get(code) or DiagnosisText(code.replace("_", " "), "", "", ())
    return {
        part: strings(key) if strings.has(key := f"diagnosis.{code}.{part}") else getattr(english, part)
        for part in ("label", "meaning", "advice")
    }
