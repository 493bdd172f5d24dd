"""Which backups were taken, noted in the database that they are of: whoever watches it may not see where they lie."""

from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min

from config.backups.folders import Backup
from config.backups.programs import SLOT
from config.models import TakenBackup
from realtime import clock

RECEIVES = "SELECT coalesce(bool_or(active), false) FROM pg_replication_slots WHERE slot_name = %s"


def note(backup: Backup, kept: timedelta) -> bool:
    """That it was taken; False where the database can't keep that, such as one that waits for its migrations."""
    try:
        with transaction.atomic():
            TakenBackup.objects.filter(ended_at__lt=backup.ended - kept).delete()
            TakenBackup.objects.create(name=backup.name, ended_at=backup.ended)
    except DatabaseError:
        return False
    return True


def forget_all() -> None:
    """A restored cluster begins a line of its own, of which there is no backup."""
    if TakenBackup._meta.db_table in connection.introspection.table_names():
        TakenBackup.objects.all().delete()


def unsaved_since() -> datetime:
    """When the newest backup was taken; where there is none, when the database began."""
    newest = TakenBackup.objects.values_list("ended_at", flat=True).first()
    return newest or MigrationRecorder.Migration.objects.aggregate(began=Min("applied"))["began"] or clock.now()


def is_wal_received() -> bool:
    """Whether receive_wal is connected now."""
    with connection.cursor() as cursor:
        cursor.execute(RECEIVES, [SLOT])
        return bool(cursor.fetchone()[0])
