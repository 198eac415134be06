"""Saved models: a fitted pipeline <-> a folder that is verified before anything in it is unpickled.

Saving: pipeline -> `ModelSchema` (columns and predictions) -> file contents -> reference predictions -> `Manifest` ->
folder. Loading: manifest -> trust (pin or signature) -> digests -> versions -> pipeline -> reference predictions.
"""

from skdl.saved_models._card import ModelCard, model_card
from skdl.saved_models._input import read_input
from skdl.saved_models._load import is_intact, is_saved_model, load_artefact, load_model, read_manifest, verify_model
from skdl.saved_models._manifest import Manifest, SavedModel
from skdl.saved_models._save import as_saved, copy_model, save_model, sign_model
from skdl.saved_models._signatures import Key, KeyFiles, fingerprint, new_keys, public_key_of
from skdl.saved_models._versions import current_versions, versions_here
from skdl.schema import Column, ModelSchema, ModelWithSchema, describe_model

__all__ = [
    "Column",
    "Key",
    "KeyFiles",
    "Manifest",
    "ModelCard",
    "ModelSchema",
    "ModelWithSchema",
    "SavedModel",
    "as_saved",
    "copy_model",
    "current_versions",
    "describe_model",
    "fingerprint",
    "is_intact",
    "is_saved_model",
    "load_artefact",
    "load_model",
    "model_card",
    "new_keys",
    "public_key_of",
    "read_input",
    "read_manifest",
    "save_model",
    "sign_model",
    "verify_model",
    "versions_here",
]
