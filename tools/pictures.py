"""Take the pictures of the explorer, for docs and README: ``python -m tools.pictures``.

It needs Chromium. Nothing is left but the pictures; the archive is one of its own.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
SKY = ("--epochs", "24", "--bands", "2", "--variable", "3", "--brief", "1", "--pairs", "2")
QUERY = """SELECT s.source_id, s.name, v.v_int, v.eta_int
FROM trap.running_catalogue AS s JOIN trap.variability AS v ON s.source_id = v.source_id
WHERE v.n > 10 ORDER BY eta_int DESC"""
# name of the picture: path, what is there when all is drawn
PAGES = {
    "archive": ("/", ".candidates a"),
    "dataset": ("/dataset/demo", "#transients tbody tr"),
    "variability": ("/dataset/demo/variability", "#chosen tbody tr"),
    "candidates": ("/dataset/demo/candidates", "#candidates tbody tr"),
    "query": (f"/query?query={quote(QUERY)}&x=v_int&y=eta_int&y_scale=log", "#plot canvas"),
}
PROGRAM = (sys.executable, "-m", "trapdb")
WIDTH, HEIGHT = 1280, 800


def main() -> None:
    """Take them."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)  # the server's user has to enter it
        os.environ["TRAPDB_HOME"] = f"{name}/home"
        try:
            subprocess.run([*PROGRAM, "simulate", "demo", *SKY], cwd=name, check=True)
            command = ["ingest", "demo", "--dataset", "demo"]
            subprocess.run([*PROGRAM, *command], cwd=name, check=True)
            take(name)
        finally:
            subprocess.run([*PROGRAM, "db", "stop"], check=True)


def take(folder: str) -> None:
    """Run the service, and take the pictures."""
    with subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", "--no-browser"],
        cwd=folder, stdout=subprocess.PIPE, text=True,
    ) as service:  # fmt: skip
        try:
            assert service.stdout
            found = re.search(r"is at (\S+)/ ", service.stdout.readline())
            assert found
            photograph(found[1])
        finally:
            service.terminate()


def photograph(here: str) -> None:
    """Take the pictures of the service at an address."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page(
            base_url=here, viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light"
        )
        for name, (path, drawn) in PAGES.items():
            page.goto(path)
            page.wait_for_selector(drawn)
            page.wait_for_timeout(1000)  # what follows: canvases
            page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
