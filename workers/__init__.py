"""Workers: the only bridge between jobs and engines."""
