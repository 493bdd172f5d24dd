from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "number_events_v1.sql"
UNDO = """
DROP TABLE realtime_event, realtime_outbox, realtime_staged, realtime_epoch;
DROP FUNCTION realtime_staged_at_commit, realtime_number_events, realtime_stage, realtime_rotate_epoch;
"""


class Migration(migrations.Migration):
    dependencies = [("realtime", "0001_stream_heads_and_events")]

    operations = [migrations.RunSQL(SQL.read_text(), UNDO)]
