"""The extractor against its goals, section by section.

Simulated images are measured and compared with the truth, and with what theory allows; speed and
memory are compared with SEP and PySE on the same image, if they can be installed. What falls short
of its goal is bold.
"""

import importlib
import os
from importlib.metadata import version

from benchmarks import report

SECTIONS = ("speed", "pulls", "scatter", "blends", "forced")
NOISES = {"psf": ("psf",), "convolved": ("convolved",), "both": ("psf", "convolved")}


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "extraction.png")
    command.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
    command.add_argument("--seeds", type=int, default=5, help="skies of each kind")
    command.add_argument("--noise", choices=list(NOISES), default="both", help="kind of noise")
    command.add_argument("--size", type=int, default=4096, help="pixels along each axis")
    options = command.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        command.error(f"no section {', '.join(sorted(unknown))}: choose of {', '.join(SECTIONS)}")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    software = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "astropy"))
    report.print_machine(options, software)
    options.noise = NOISES[options.noise]
    options.seeds = range(1, options.seeds + 1)
    for name in options.sections or SECTIONS:
        importlib.import_module(f"benchmarks.extraction.{name}").tell(options)


if __name__ == "__main__":
    main()
