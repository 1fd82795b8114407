"""登録台帳: what became of each row. The contract, and a member in SQLite for the command line; the job server has its own."""
