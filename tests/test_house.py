"""How modules depend on each other; which packages may import which is checked by import-linter."""

from graphlib import TopologicalSorter

import grimp
import pytest

# So many modules, each importing the next one, has the longest chain. A longer one means that to
# follow something through the house has become harder: a module that only passes on goes.
LONGEST_CHAIN = 18


@pytest.fixture(scope="module")
def imports():
    """What each module imports, also within functions and for types alone."""
    graph = grimp.build_graph(
        "trapdb", "extractor", exclude_type_checking_imports=False, cache_dir=None
    )
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def test_no_module_imports_itself_however_roundabout(imports):
    TopologicalSorter(imports).prepare()  # raises CycleError, which names the circle


def test_chains_of_imports_stay_short(imports):
    longest = {}
    for module in TopologicalSorter(imports).static_order():
        longest[module] = [module, *max((longest[m] for m in imports[module]), key=len, default=[])]
    chain = max(longest.values(), key=len)
    assert len(chain) <= LONGEST_CHAIN, " imports ".join(chain)
