"""Backups of the whole cluster, the WAL after them, and the way back: docs/backup.md.

A folder of backups holds one folder each, named by its moment, and `wal/` with what was written since:

    20261122T173500Z/data           the cluster, as pg_basebackup copies it, with its manifest
    20261122T173500Z/backup.json    what it is (folders.py)
    wal/000000010000000000000007    what pg_receivewal receives; `.partial` while it is being written
"""
