"""Jobs and their parts: intake, backlog, lifecycle, history."""
