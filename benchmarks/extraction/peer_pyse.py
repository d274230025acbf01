"""Time PySE's vectorised mode, file to catalogue; print JSON. Runs in the peers' environment."""

import json
import sys
from time import perf_counter

REPEATS = 3
DETECTION, ANALYSIS = 5.0, 3.0


def main(path: str) -> None:
    start = perf_counter()
    # here, because much is compiled when it is imported
    from sourcefinder import accessors
    from sourcefinder.config import Conf, ExportSettings, ImgConf

    settings = ImgConf(vectorized=True, detection_thr=DETECTION, analysis_thr=ANALYSIS)
    conf = Conf(image=settings, export=ExportSettings())
    seconds = []
    for _ in range(REPEATS + 1):
        image = accessors.sourcefinder_image_from_accessor(accessors.open(path), conf=conf)
        found = image.extract()
        seconds.append(perf_counter() - start)
        start = perf_counter()
    print(json.dumps({"total": seconds[1:], "first": seconds[0], "sources": len(found)}))


if __name__ == "__main__":
    main(sys.argv[1])
