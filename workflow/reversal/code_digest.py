"""What a stage's code is, so that results are remade when it changes and only then.

Snakemake does not see the modules behind `python -m reversal`. So every rule has a parameter with the digest
of the syntax trees of all that its stage imports (docstrings stripped: a comment, a docstring or a reformat
changes nothing), of the variants that its settings name, of the columns of its tables, and of the versions of
the libraries that compute its numbers. What a model is called and which colour it has (`FAMILY`, `COLOUR`) is no part
of it: rules have as parameters what they use of it, so that another name or colour trains nothing anew.
"""

import ast
import functools
import hashlib
import importlib.metadata
from collections.abc import Collection, Iterable
from pathlib import Path

import grimp

from reversal import families, registry
from reversal.fingerprint import canonical
from reversal.tables import stated_entry

PACKAGE = "reversal"
FILES = {"figures.stage": ("figures/style.mplstyle",)}
"""What a command reads beside its modules and tables; as they stand, comments included."""
LIBRARIES = {
    "data": ("numpy",),
    "train": ("numpy", "torch"),
    "evaluate": ("numpy", "torch"),
    "language": ("numpy", "torch", "transformers", "tokenizers"),
    "language.corpus.stage": ("numpy",),
    "statistics": ("numpy", "pandas", "scipy", "statsmodels"),
    "figures": ("matplotlib",),
}


def stage_digest(
    stage: str, tables: Iterable[str] = (), variants: Iterable[tuple[str, str]] = (), begins: str = "stage"
) -> str:
    """Twelve hex digits for the code of a stage.

    Args:
        stage: its word.
        tables: names of the tables that it reads or writes.
        variants: (package, name) of each variant that its settings name, such as ("models.positions", "rope").
        begins: the module of the stage that its command calls.
    """
    entrance = f"{stage}.{begins}"
    modules, files, libraries = (
        _closure(f"{PACKAGE}.{entrance}"),
        FILES.get(entrance, ()),
        LIBRARIES.get(entrance, LIBRARIES[stage]),
    )
    for package, name in variants:
        modules |= _closure(f"{PACKAGE}.{package}.{name}")
        files += _beside(package, name)
        libraries += tuple({registry.literals(package, name).get("LIBRARY")} - {None})
    parts = {
        "modules": {module: _tree_digest(module) for module in sorted(modules)},
        "tables": {table: _layout(table) for table in sorted(set(tables))},
        "files": {name: registry.HOME.joinpath(name).read_text(encoding="utf-8") for name in files},
        "libraries": {library: _version(library) for library in libraries},
    }
    return hashlib.sha256(canonical(parts).encode()).hexdigest()[:12]


def _beside(package: str, name: str) -> tuple[str, ...]:
    """The data of a variant: the YAML file of its name, where it has one."""
    path = Path(*package.split("."), f"{name}.yaml")
    return (str(path),) if registry.HOME.joinpath(path).exists() else ()


@functools.cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(PACKAGE, cache_dir=None)


@functools.cache
def _closure(module: str) -> frozenset[str]:
    """The module and all of this package that it imports; the root package holds nothing but the version."""
    return frozenset({module} | _graph().find_upstream_modules(module)) - {PACKAGE}


@functools.cache
def _tree_digest(module: str) -> str:
    path = registry.HOME.joinpath(*module.split(".")[1:])
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return source_digest(path.read_text(encoding="utf-8"), _shown(module))


def source_digest(source: str, without: Collection[str] = ()) -> str:
    """The digest of a module's source, whatever is said in comments and docstrings and however it is laid out.

    Args:
        source: text of the module.
        without: names whose assignments in the module count for nothing.
    """
    tree = ast.parse(source)
    tree.body = [line for line in tree.body if not _assigns(line, without)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [line for line in node.body if not _is_text(line)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _shown(module: str) -> tuple[str, ...]:
    """Names that say how the models of a module are shown, and nothing of how they are computed."""
    brings = module.removeprefix(f"{PACKAGE}.").rpartition(".")[0] in families.HOMES
    return ("FAMILY", "COLOUR") if brings else ()


def _assigns(node: ast.stmt, names: Collection[str]) -> bool:
    """Does a statement assign some of these names and nothing else?"""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return all(isinstance(target, ast.Name) and target.id in names for target in targets)


def _is_text(node: ast.stmt) -> bool:
    """A docstring, of a module, class, function or attribute."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _layout(table: str) -> dict[str, dict]:
    """A table's columns without what is said of them; which families there are counts for nothing, a cell names its own."""
    return {
        name: {k: v for k, v in column.items() if k not in ("meaning", "unit")}
        for name, column in stated_entry(table)["columns"].items()
    }


@functools.cache
def _version(library: str) -> str:
    """Without the local part, which tells CPU from CUDA builds."""
    return importlib.metadata.version(library).split("+")[0]
