"""What the scripts of Benchmarks share."""
