"""Form definitions and their revisions, which jobs are pinned to, and what was read of each sheet."""
