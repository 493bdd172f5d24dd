"""Migrations beside people who sell: what `migrate_online` refuses, and what nobody notices."""

import contextlib
import io
import threading

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.management.commands import migrate_online
from config.online import patiently
from config.online_plan import dangers
from tests import factories
from tests.faults.webs import Till, until
from tests.sessions import session

ADD = "ALTER TABLE sales_sale ADD COLUMN of_the_next_version text"
DROP = "ALTER TABLE sales_sale DROP COLUMN IF EXISTS of_the_next_version"
HAS_COLUMN = "SELECT 1 FROM information_schema.columns WHERE column_name = 'of_the_next_version'"
INDEX, INDEXING = "sale_of_the_next_version", "9999_of_the_next_version"
IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"
MANY, FEW = {"sales_sale": 1_000_000}, {"sales_sale": 100}
ANY_INDEX = models.Index(fields=["client"], name="by_client")
CHECK = models.CheckConstraint(condition=models.Q(total__gte=0), name="never_negative")
BODY = "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE sales_sale SET total = 0 $$"


def run(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)
        return cursor.fetchall() if cursor.description else None


@pytest.fixture(scope="module")
def state():
    return MigrationLoader(None).project_state()


def migration(*operations, **fields):
    made = type("Migration", (migrations.Migration,), {"operations": list(operations), **fields})
    return made("9999_of_a_test", "sales")


def add(field):
    return migrations.AddField("sale", "added", field)


def alter(name, field):
    return migrations.AlterField("sale", name, field)


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (add(models.TextField(default="")), "null, or a db_default"),
        (add(models.TextField(null=True, db_index=True)), "AddIndexConcurrently"),
        (add(models.FloatField(db_default=models.functions.Random())), "written anew"),
        (alter("total", models.IntegerField()), "written anew"),
        (alter("decided_at", models.DateTimeField()), "read under a lock"),
        (alter("client", models.TextField(db_index=True)), "Concurrently"),
        (alter("client", models.TextField(db_column="customer")), "the old name"),
        (migrations.AddIndex("sale", ANY_INDEX), "AddIndexConcurrently"),
        (migrations.AddConstraint("sale", CHECK), "AddConstraintNotValid"),
        (migrations.AddConstraint("sale", models.UniqueConstraint("client", name="once")), "USING INDEX"),
        (migrations.RemoveField("sale", "client"), "may still use it"),
        (migrations.DeleteModel("Sale"), "may still use it"),
        (migrations.RenameField("sale", "client", "customer"), "the old name"),
        (migrations.RunPython(migrations.RunPython.noop), "nobody can tell"),
        (migrations.RunSQL("CREATE INDEX one ON sales_sale (client)"), "CONCURRENTLY"),
        (migrations.RunSQL('ALTER TABLE "sales_sale" ADD CONSTRAINT c CHECK (total >= 0)'), "NOT VALID"),
        (migrations.RunSQL("ALTER TABLE sales_sale ALTER COLUMN client SET NOT NULL"), "read under a lock"),
        (migrations.RunSQL(["UPDATE sales_sale SET client = ''"]), "in portions"),
        (migrations.SeparateDatabaseAndState([migrations.RunSQL("DROP TABLE sales_sale")]), "may still use the table"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.describe(),
)  # fmt: skip
def test_f36_what_makes_people_wait_or_fails_the_version_before_is_refused(operation, why, state):
    [refused] = dangers([migration(operation)], state, MANY)
    assert why in refused

    assert dangers([migration(operation, online="nobody has used it since 1.4")], state, MANY) == []
    assert dangers([migration(operation)], state, {}) == []  # a new installation


@pytest.mark.parametrize(
    "operation",
    [
        add(models.TextField(null=True)),
        add(models.IntegerField(db_default=0)),
        alter("client", models.CharField(max_length=200, default="", blank=True)),
        AddConstraintNotValid("sale", CHECK),
        migrations.RunSQL(BODY),
        migrations.RunSQL("ALTER TABLE sales_sale ADD CONSTRAINT c CHECK (total >= 0) NOT VALID"),
        migrations.CreateModel("Tip", [("id", models.BigAutoField(primary_key=True))]),
    ],
    ids=lambda value: value.describe(),
)
def test_f36_what_takes_a_moment_is_let_through(operation, state):
    assert dangers([migration(operation)], state, MANY) == []


def test_f36_a_small_table_may_be_read_under_its_lock(state):
    assert dangers([migration(migrations.AddIndex("sale", ANY_INDEX))], state, FEW) == []


def test_f36_a_migration_without_a_transaction_holds_only_what_goes_concurrently(state):
    going = (AddIndexConcurrently("sale", ANY_INDEX), ValidateConstraint("sale", "c"))
    other = add(models.TextField(null=True))

    assert dangers([migration(*going, atomic=False)], state, MANY) == []
    [refused] = dangers([migration(*going, other, atomic=False)], state, MANY)
    assert "isn't atomic" in refused


class Counter:
    """A till that sells in a thread of its own; `statuses` grows."""

    def __init__(self, stack, member, product):
        self.till, self.statuses, self.is_over = Till(stack, member, product), [], threading.Event()
        self.thread = threading.Thread(target=self.sell)

    def sell(self):
        while not self.is_over.wait(0.02):
            self.statuses.append(self.till.sell().status_code)

    def sell_more(self, count=3):
        wanted = len(self.statuses) + count
        until(lambda: len(self.statuses) >= wanted, 60)


@contextlib.contextmanager
def selling(stack, bar, koffi):
    counter = Counter(stack, koffi, factories.product(bar, "Flag", stock=5000))
    with counter.till:
        counter.thread.start()
        try:
            counter.sell_more()
            yield counter
        finally:
            counter.is_over.set()
            counter.thread.join(30)


@pytest.fixture
def sales_stay_as_they_are(transactional_db):
    yield
    run("SET lock_timeout = '30s'")
    run(DROP)
    connection.close()


def test_f36_a_column_comes_while_a_report_reads_and_no_sale_fails(stack, sales_stay_as_they_are, bar, koffi):
    """A sale that has waited for two seconds is refused (DATABASE_LOCK_TIMEOUT): none was, so none has."""
    said = []

    def add_column():
        with transaction.atomic():
            run(ADD)

    with selling(stack, bar, koffi) as counter, session() as report:
        report.execute("SELECT count(*) FROM sales_sale")  # holds its lock on the table until it ends

        def say(line):
            said.append(line)
            counter.sell_more()
            if len(said) == 2:
                report.rollback()

        patiently(add_column, 120, say)
        counter.sell_more()  # the version that runs, on the new table

    assert (set(counter.statuses), len(said) >= 2) == ({201}, True)
    assert "LockNotAvailable" in said[0]


def test_f36_the_control_without_limits_everybody_waits_behind_the_migration(stack, sales_stay_as_they_are, bar, koffi):
    with selling(stack, bar, koffi) as counter, session() as report, session(lock_timeout="0") as naive:
        report.execute("SELECT count(*) FROM sales_sale")
        migrating = threading.Thread(target=lambda: naive.execute("SET statement_timeout = 0") and naive.execute(ADD))
        migrating.start()
        until(lambda: set(counter.statuses) - {201}, 60)
        report.rollback()
        migrating.join(30)
        naive.rollback()

    assert set(counter.statuses) > {201}


def told(*arguments):
    output = io.StringIO()
    call_command("migrate_online", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def next_version(transactional_db, settings):
    settings.MIGRATION_MODULES = {"sales": "tests.deploy.next_version"}
    yield
    run("SET statement_timeout = 0")
    run(f"DROP INDEX IF EXISTS {INDEX}")
    MigrationRecorder(connection).record_unapplied("sales", INDEXING)
    connection.close()


def test_f36_the_command_makes_an_index_while_people_sell(stack, next_version, bar, koffi):
    with selling(stack, bar, koffi) as counter:
        assert told("--check") == "1 to apply, none of which makes anybody wait.\n"
        assert run(IS_VALID, INDEX) == []
        assert told().endswith("Applied 1.\n")
        counter.sell_more()

    assert (run(IS_VALID, INDEX), set(counter.statuses)) == ([(True,)], {201})
    assert told() == "Applied 0.\n"


def test_f36_the_command_changes_nothing_where_it_refuses(monkeypatch, transactional_db):
    plan = [migration(migrations.RunSQL(ADD)), migration(migrations.RunPython(migrations.RunPython.noop))]
    monkeypatch.setattr(migrate_online, "pending", lambda: (plan, MigrationExecutor(connection)))

    with pytest.raises(CommandError, match="nothing was changed:\n.*nobody can tell what code locks"):
        told()

    assert run(HAS_COLUMN) == []
