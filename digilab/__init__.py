"""The job server: records, rules and doors. It imports no engine and no worker."""
