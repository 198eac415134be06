"""Every module can be imported where there are no modules of Unix, as on Windows."""

import subprocess
import sys

import pytest

IMPORT_ALL = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name in UNIX:
            raise ModuleNotFoundError(f"no module named {name}", name=name)

UNIX = sys.argv[1:]
for name in UNIX:
    sys.modules[name] = None
import skdl
for module in pkgutil.walk_packages(skdl.__path__, "skdl."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


@pytest.mark.networks
def test_no_module_needs_a_module_of_unix_at_import():
    """In a fresh process, in which importing them fails."""
    subprocess.run([sys.executable, "-c", IMPORT_ALL, "fcntl", "resource", "termios", "pwd", "grp"], check=True)
