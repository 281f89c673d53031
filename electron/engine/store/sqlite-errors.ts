// Translates SQLite's result codes into errors that a user can act on.
import { closeSync, openSync, readSync, statfsSync } from 'node:fs';
import { devNull } from 'node:os';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { saidBy, systemLimit, WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';

/** The initial size of the file "winnow.db-shm". */
const SHARED_MEMORY_BYTES = 32 << 10;

/** The database, its log, and the memory that processes share for the log. */
const FILES_OF_SQLITE = 3;

/** The offset of the write version in the file's header. */
const WRITE_VERSION_AT = 18;
const NEWEST_WRITE_VERSION = 2;

/** SQLite's messages about a schema, or JSON in a row, that is not as Winnow wrote it. */
const DAMAGED_SCHEMA =
  /^no such (table|column|index|function)|^unknown function|already exists$|^malformed|^unsupported file format/;

/** @param reason appears in brackets after the word "damaged" */
export function damagedDatabase(file: string, reason: string, cause?: unknown): WinnowError {
  const details = { file, ...(cause instanceof Database.SqliteError && { sqlite: cause.code }) };
  return new WinnowError('STORE', msg('databaseDamaged', { file, reason }), details, cause);
}

/**
 * Names the file and the remedy for SQLite failures that come from outside the program: a damaged, locked or
 * read-only file, a full disk. Anything else (a constraint, bad SQL) is a defect and is returned as it is.
 * @param file the database file
 */
export function explainSqliteError(error: unknown, file: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const details = { file, sqlite: error.code };
  const primary = error.code.split('_').slice(0, 2).join('_');
  switch (primary) {
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
    case 'SQLITE_FORMAT':
      return damagedDatabase(file, error.message, error);
    // a damaged page can claim a text of any length
    case 'SQLITE_NOMEM':
    case 'SQLITE_TOOBIG':
      return damagedDatabase(file, error.message, error);
    case 'SQLITE_ERROR':
      return DAMAGED_SCHEMA.test(error.message) ? damagedDatabase(file, error.message, error) : error;
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return new WinnowError('STORE', msg('databaseLocked', { file }), details, error);
    case 'SQLITE_FULL':
      return noSpace(file, error);
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM': {
      if (isDiskFull(file)) return noSpace(file, error);
      const limit = openLimit();
      if (limit) return limit;
      if (error.code === 'SQLITE_READONLY' && forbidsWriting(file))
        return damagedDatabase(file, 'its header forbids writing to it', error);
      return new WinnowError(
        'TARGET_UNWRITABLE',
        msg('databaseNotOpened', { file, reason: saidBy(error) }),
        details,
        error,
      );
    }
    case 'SQLITE_IOERR':
      if (isDiskFull(file)) return noSpace(file, error);
      return new WinnowError('STORE', msg('databaseFailed', { file, code: error.code }), details, error);
    default:
      return error;
  }
}

/** Whether the header asks for a newer version of the format than exists (sqlite.org/fileformat2.html, section 1.3.3). */
function forbidsWriting(file: string): boolean {
  const version = Buffer.alloc(1);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    return readSync(descriptor, version, 0, 1, WRITE_VERSION_AT) === 1 && version.readUInt8() > NEWEST_WRITE_VERSION;
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function noSpace(file: string, error: InstanceType<typeof Database.SqliteError>): WinnowError {
  return new WinnowError('NO_SPACE', msg('databaseNoSpace', { file }), { file, sqlite: error.code }, error);
}

/** The system's limit on open files; null: not reached. SQLite opens several files, and does not report that it could open no more. */
function openLimit(): WinnowError | null {
  const opened: number[] = [];
  try {
    while (opened.length < FILES_OF_SQLITE) opened.push(openSync(devNull, 'r'));
    return null;
  } catch (error) {
    return systemLimit(error);
  } finally {
    opened.forEach((file) => closeSync(file));
  }
}

/** Whether the disk is full. SQLite does not say why it cannot make the files beside the database, which it makes first. */
function isDiskFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize < SHARED_MEMORY_BYTES;
  } catch {
    return false;
  }
}
