"""A fitted pipeline as a folder that is verified before anything in it is unpickled."""

from skdl.artefact._describe import describe_model
from skdl.artefact._load import is_intact, is_saved_model, load_artefact, load_model, read_manifest
from skdl.artefact._manifest import Manifest, SavedModel
from skdl.artefact._save import save_model, saved_size
from skdl.artefact._schema import Column, ModelSchema

__all__ = [
    "Column",
    "Manifest",
    "ModelSchema",
    "SavedModel",
    "describe_model",
    "is_intact",
    "is_saved_model",
    "load_artefact",
    "load_model",
    "read_manifest",
    "save_model",
    "saved_size",
]
