"""What travels in the wheel, and that it works by itself."""

import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    return Path(next(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])))


def test_it_holds_every_file_that_is_needed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    needed = {
        f"{package}/{path.relative_to(ROOT / package)}"
        for package in ("trapdb", "extractor")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    needed |= {
        f"trapdb/{path.relative_to(ROOT)}"
        for tree in ("sql", "migrations")
        for path in (ROOT / tree).rglob("*")
        if path.suffix in (".sql", ".py")
    }
    assert needed - held == set()


def test_it_holds_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = archive.namelist()
    assert {name.split("/")[0] for name in held} == {
        "trapdb",
        "extractor",
        "trapdb-0.1.0.dist-info",
    }
    assert [name for name in held if "__pycache__" in name] == []
    assert len(held) == len(set(held))


@pytest.mark.slow
def test_it_works_in_an_empty_environment(wheel: Path, tmp_path: Path, run) -> None:
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", environment)
    run(environment / "bin" / "python", "-m", "pip", "install", "--quiet", wheel)
    assert "ingest" in run(environment / "bin" / "trapdb", "--help", cwd=tmp_path)
    program = (
        "from trapdb.schema.resources import *; print(sql_directory(), migrations_directory())"
    )
    places = run(environment / "bin" / "python", "-c", program, cwd=tmp_path).split()
    for place in places:
        assert Path(place).is_relative_to(environment)
        assert any(Path(place).rglob("*.sql"))
