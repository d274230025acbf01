"""How modules depend on each other; which packages may import which is checked by import-linter."""

from graphlib import TopologicalSorter

import grimp
import pytest

# So many floors the house has: packages, and modules beside them, each importing from the next one.
FLOORS = 8
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


def longest_chain(imports):
    longest = {}
    for module in TopologicalSorter(imports).static_order():
        longest[module] = [
            module,
            *max((longest[m] for m in imports.get(module, ())), key=len, default=[]),
        ]
    return max(longest.values(), key=len)


def test_chains_of_imports_stay_short(imports):
    chain = longest_chain(imports)
    assert len(chain) <= LONGEST_CHAIN, " imports ".join(chain)


def test_the_house_has_few_floors(imports):
    """Seen from trapdb the extractor is one room; by itself it is a house, too."""
    for root in ("trapdb", "extractor"):

        def room(module, root=root):
            package, *rest = module.split(".")
            return package if package != root else ".".join([root, *rest[:1]])

        rooms = {room(module): set() for module in imports if module.startswith(root)}
        for module, imported in imports.items():
            if module.startswith(root):
                rooms[room(module)] |= {room(other) for other in imported} - {room(module)}
        chain = longest_chain(rooms)
        assert len(chain) <= FLOORS, " imports ".join(chain)
