"""What the package offers, and that nobody waits for what he does not use."""

import subprocess
import sys

import extractor


def test_every_name_is_there():
    assert all(getattr(extractor, name).__module__ for name in extractor.__all__)
    assert sorted(extractor._HOME) == sorted(extractor.__all__)
    assert not hasattr(extractor, "no_such_name")


def test_numpy_is_imported_when_it_is_needed():
    code = "import sys, extractor; assert 'numpy' not in sys.modules; extractor.Beam(1, 1, 0)"
    subprocess.run([sys.executable, "-c", code], check=True)
