"""One experiment per file; `masking.benchmarks.BENCHMARKS` finds them."""
