"""Networks as text: architecture, training, and diagnoses."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from skdl.diagnosis import DIAGNOSES, DiagnosisText
from skdl.report._format import at_least_one_digit, count, decimals_for, fixed, share

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import CurveReading, Layer, NetworkSummary, Summary


@dataclass(frozen=True)
class Diagnosis:
    """A diagnosis of a network's training, as text."""

    kind: str  # "good" or "mild"
    label: str
    share: str
    meaning: str
    advice: str
    change: str | None  # as YAML


@dataclass(frozen=True)
class LayerText:
    """A layer of a network: kind, units, details and weights; the input has none."""

    kind: str
    units: str
    details: tuple[str, ...]
    weights: str


@dataclass(frozen=True)
class NetworkText:
    """One network: architecture, facts of its training, and diagnoses."""

    model: str
    architecture: str
    facts: tuple[str, ...]
    diagnoses: tuple[Diagnosis, ...]
    layers: tuple[LayerText, ...]
    has_validation: bool
    has_baseline: bool
    has_best: bool


@dataclass(frozen=True)
class NetworksSection:
    """Every network, in the order of the models."""

    networks: tuple[NetworkText, ...]


def describe(summary: Summary, strings: Strings) -> NetworksSection | None:
    """Describe every network; None if there is none."""
    networks = tuple(_network_text(network, summary, strings) for network in summary.networks)
    return NetworksSection(networks) if networks else None


def _network_text(network: NetworkSummary, summary: Summary, strings: Strings) -> NetworkText:
    """Describe a network and its training."""
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
        metric = summary.columns[0]
        decimals = decimals_for(row.scores[metric.name] for row in summary.models if metric.name in row.scores)
        spread = at_least_one_digit(network.seed_spread, decimals)
        facts.append(strings("networks.seed_spread", metric=metric.label, spread=spread))
    return NetworkText(
        model=network.model,
        architecture=network.architecture,
        facts=tuple(facts),
        diagnoses=tuple(_diagnosis(reading, strings) for reading in network.readings),
        layers=tuple(_layer(layer, strings) for layer in network.layers),
        has_baseline=any(curve.baseline_loss is not None for curve in network.curves),
        has_validation=any(curve.val_loss for curve in network.curves),
        has_best=bool(best),
    )


def _layer(layer: Layer, strings: Strings) -> LayerText:
    kind = f"networks.layer.{layer.kind}"
    return LayerText(
        kind=strings(kind) if strings.has(kind) else layer.kind,
        units=layer.units,
        details=tuple(layer.details),
        weights=strings("networks.parameters", n=count(layer.n_parameters)) if layer.n_parameters else "",
    )


def _diagnosis(reading: CurveReading, strings: Strings) -> Diagnosis:
    """Describe a diagnosis; a code that this version does not know is shown as it is."""
    code = reading.code
    english = DIAGNOSES.get(code) or DiagnosisText(code.replace("_", " "), "", "", ())

    def translated(part: str, text: str) -> str:
        key = f"diagnosis.{code}.{part}"
        return strings(key) if strings.has(key) else text

    return Diagnosis(
        kind="good" if code == "healthy" else "mild",
        label=translated("label", english.label),
        share=strings("networks.share", share=share(reading.share)),
        meaning=translated("meaning", english.meaning),
        advice=translated("advice", english.advice),
        change=reading.change,
    )
