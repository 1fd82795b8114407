"""The record: tables' base, transactions, migrations."""
