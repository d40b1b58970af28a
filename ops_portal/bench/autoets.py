"""AutoETS of statsforecast on some series: prints its CPU seconds as JSON. forecasts.py runs it where statsforecast is.

Needs nothing of the portal, so that it can run in an environment of its own.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from statsforecast.models import AutoETS  # type: ignore[import-not-found]  # only where somebody installed it

WARM_UP = 5
HORIZON, YEAR = 18, 12


def main() -> None:
    """python autoets.py series.npz: values [n, 60], NaN before each history."""
    with np.load(Path(sys.argv[1])) as kept:
        values = kept["values"]
    model = AutoETS(season_length=YEAR)
    histories = [row[~np.isnan(row)] for row in values]
    for history in histories[:WARM_UP]:
        model.forecast(y=history, h=HORIZON, level=[80, 95])
    began = time.process_time()
    for history in histories:
        model.forecast(y=history, h=HORIZON, level=[80, 95])
    print(json.dumps({"series": len(histories), "cpu_s": time.process_time() - began}))


if __name__ == "__main__":
    main()
