"""Forms as a city office prints them, filled in and scanned: tests, calibration and benchmarks draw their pages here."""
