"""`Store`: an SQLite history file, with checks on opening, migrations and durable transactions."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from kneepose.errors import DependencyError, FormatError, KneeposeError
from kneepose.history.schema import APPLICATION_ID, MIGRATIONS
from kneepose.writing import as_path, check_regular

__all__ = ["Store"]

#: Minimum version of SQLite, for STRICT tables. Source: https://sqlite.org/stricttables.html
_LEAST_SQLITE: Final = (3, 37, 0)
_MAGIC: Final = b"SQLite format 3\0"
#: Maximum time in seconds that a writer waits for another one.
_PATIENCE_S: Final = 30.0
_NOT_A_DATABASE: Final = (
    "not a database",
    "malformed",
    "file is encrypted",
    "unsupported file format",
)


class Store:
    """Connection to a history file. It is used by one thread; other processes may use the file too.

    A write is complete when `transaction` ends without an error. It is then on the disk (WAL with
    ``synchronous = FULL``) and survives the end of the process and a power cut.

    Parameters
    ----------
    path
        Path of the file. If missing, it is created readable by its owner only (mode 0600).

    Raises
    ------
    FormatError
        The file is no history, is damaged, or was written by a newer version. It is not changed.
    KneeposeError
        The folder does not exist, or the path is not a file.
    DependencyError
        SQLite is older than 3.37.
    """

    def __init__(self, path: str | Path) -> None:
        if sqlite3.sqlite_version_info < _LEAST_SQLITE:
            raise DependencyError(
                f"SQLite is {sqlite3.sqlite_version}; a history needs 3.37 or newer. Install a Python "
                "with a newer SQLite."
            )
        self.path = as_path(path, "path")
        if self.path.is_dir() or not self.path.parent.is_dir():
            raise KneeposeError(
                f"{self.path} cannot be a history: give the name of a file in a folder that exists."
            )
        with self._mapped():
            if self.path.exists() and self.path.stat().st_size:
                self._check()
            else:
                with contextlib.suppress(FileExistsError):
                    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
                    os.close(os.open(self.path, flags, 0o600))
            self._connection = sqlite3.connect(self.path, timeout=_PATIENCE_S, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _check(self) -> None:
        """Check an existing file without writing to it.

        Raises
        ------
        FormatError
            The file is no history, is damaged, or was written by a newer version.
        """
        check_regular(self.path)
        with self.path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise FormatError(
                    f"{self.path} is no history: it does not begin as a SQLite file does. It was left "
                    "as it is; give the name of a history, or of a new file."
                )
        # A read-only connection never writes the write-ahead log back into the file.
        uri = f"{self.path.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE_S)) as reader:
            found = [row[0] for row in reader.execute("PRAGMA quick_check(3)")]
            if found != ["ok"]:
                raise self._damaged("; ".join(map(str, found)))
            (application,) = reader.execute("PRAGMA application_id").fetchone()
            (version,) = reader.execute("PRAGMA user_version").fetchone()
            (tables,) = reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application != APPLICATION_ID and (application or version or tables):
            raise FormatError(
                f"{self.path} is a SQLite file of another program. It was left as it is; give the "
                "name of a history, or of a new file."
            )
        if version > len(MIGRATIONS):
            raise FormatError(
                f"{self.path} is a history of version {version}, written by a newer kneepose; this one "
                f"knows up to {len(MIGRATIONS)}. It was left as it is; update kneepose."
            )

    def _damaged(self, details: str) -> FormatError:
        return FormatError(
            f"{self.path} is damaged ({details}). It was left as it is; make a copy of the file and of "
            f"{self.path.name}-wal beside it, and restore an earlier copy or recover what can be read "
            "with `sqlite3 FILE .recover`."
        )

    def _prepare(self) -> None:
        run = self._connection.execute
        deadline = time.monotonic() + _PATIENCE_S
        # SQLite's own timeout does not cover a change of the journal mode, so it is retried here.
        while run("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                run("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            run(f"PRAGMA {pragma}")
        with self.transaction():
            (version,) = run("PRAGMA user_version").fetchone()
            for statements in MIGRATIONS[version:]:
                for statement in statements:
                    run(statement)
            if version < len(MIGRATIONS):
                run(f"PRAGMA application_id = {APPLICATION_ID}")
                run(f"PRAGMA user_version = {len(MIGRATIONS)}")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block as one transaction after other writers; at the end it is on disk."""
        with self._mapped():
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    def insert(self, table: str, **values: Any) -> int:
        """Insert one row, write it to disk, and return its number.

        Raises
        ------
        KneeposeError
            A value violates a constraint of the table.
        """
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with self.transaction() as connection:
            done = connection.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values())
            )
        return int(done.lastrowid or 0)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Return the rows of a query as dicts."""
        with self._mapped():
            found = self._connection.execute(query, tuple(values))
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found]

    def vacuum(self) -> None:
        """Rewrite the file without deleted content, and empty the write-ahead log.

        Raises
        ------
        KneeposeError
            Another program has the file open.
        """
        with self._mapped():
            self._connection.execute("VACUUM")
            done = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if done[0]:
            raise KneeposeError(
                f"{self.path} is open in another program, so deleted content may still be in "
                f"{self.path.name}-wal. Close the other program and open the history again."
            )

    def close(self) -> None:
        """Close the file. The last connection to close removes the write-ahead log."""
        self._connection.close()

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        """Convert SQLite errors to exceptions of kneepose."""
        try:
            yield
        except UnicodeEncodeError as error:
            raise KneeposeError(
                f"{error.object[:40]!r} has a half character that no file can hold; give other text."
            ) from None
        except OverflowError:
            raise KneeposeError(f"{self.path}: a number is too large for the file.") from None
        except sqlite3.IntegrityError as error:
            raise KneeposeError(
                f"{self.path}: the entry breaks a rule of the file ({error})."
            ) from None
        except sqlite3.DatabaseError as error:
            text = str(error)
            if any(words in text for words in _NOT_A_DATABASE):
                raise self._damaged(text) from None
            if "locked" in text or "busy" in text:
                raise KneeposeError(
                    f"{self.path} was in use by another program for {_PATIENCE_S:g} s; nothing was "
                    "written. Close the other program and try again."
                ) from None
            if "full" in text:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path)) from None
            if "readonly" in text or "unable to open" in text or "attempt to write" in text:
                raise PermissionError(
                    errno.EACCES, os.strerror(errno.EACCES), str(self.path)
                ) from None
            raise KneeposeError(f"{self.path}: {text}.") from None
