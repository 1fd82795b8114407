"""Messages: one contract (`contract.py`), Redis with RQ (`redis.py`) and one inside a process for tests (`inprocess.py`).

The database is the record; everything here may be lost at any moment and nothing but a little time is lost with it.
"""
