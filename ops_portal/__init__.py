"""The portal's project package: what every process of it reads first."""

import gc

# Imports make some 300,000 objects that live as long as the process. At Python's own thresholds the collector walks
# them again and again: an eighth of every start, and 0.1-0.5 s now and then later, which would show as slow pages.
gc.set_threshold(50_000, 20, 50)
