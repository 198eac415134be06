"""Imports of skdl: no cycles between its modules, no private names in tests."""

import ast
import functools
import re
from pathlib import Path

import skdl

PACKAGE = Path(skdl.__file__).parent
MODULES = {
    ".".join(("skdl", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}


@functools.cache
def imports_in(name):
    """Return the imports of a module, also those inside functions and under ``if TYPE_CHECKING``."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def imported_modules(name):
    """Yield the modules of skdl that a module imports; a name of a package counts as the module that defines it."""
    for node in imports_in(name):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        else:
            yield from (defining_module(str(node.module), alias.name) for alias in node.names)


def defining_module(module, name):
    """Follow a name through the packages that export it to the module that defines it."""
    if f"{module}.{name}" in MODULES:
        return f"{module}.{name}"
    if module in PACKAGES:
        for node in imports_in(module):
            if isinstance(node, ast.ImportFrom) and any((alias.asname or alias.name) == name for alias in node.names):
                return defining_module(str(node.module), name)
    return module


@functools.cache
def import_graph():
    """Map each module to those that it imports; a package as a whole counts as all modules that it exports."""
    graph = {name: set(imported_modules(name)) & MODULES.keys() for name in MODULES}
    return {
        name: {module for other in graph[name] for module in (graph[other] if other in PACKAGES else {other})}
        - PACKAGES
        for name in MODULES.keys() - PACKAGES
    }


def find_cycles(graph):
    """Return the strongly connected components with more than one module (Tarjan)."""
    index, low, stack, cycles = {}, {}, [], []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph.get(name, ())):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            component = [stack.pop()]
            while component[-1] != name:
                component.append(stack.pop())
            if len(component) > 1 or name in graph.get(name, ()):
                cycles.append(sorted(component))

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return cycles


def test_a_cycle_is_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert find_cycles(graph) == [["b", "c"]]


def test_a_name_is_followed_to_the_module_that_defines_it():
    assert defining_module("skdl.pipeline", "read_pipeline") == "skdl.pipeline._pipeline"


def test_an_import_inside_a_function_counts():
    assert "skdl.cross_validation._estimate" in import_graph()["skdl.cli._check"]


def test_there_is_no_cycle():
    assert find_cycles(import_graph()) == []


def test_tests_import_public_names_only():
    """What a test imports, users and other packages may rely on."""
    imports = re.compile(r"^ *(?:import|from) skdl\S*(?: import (?:\([^)]*\)|.*))?", re.MULTILINE)
    found = [
        (path.name, statement)
        for path in Path(__file__).parent.rglob("*.py")
        for statement in imports.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 100
    assert [(file, statement) for file, statement in found if re.search(r"[\s.,(]_(?!_)\w", statement)] == []
