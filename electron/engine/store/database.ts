// Owns the connection to Winnow's database: opening, waiting for other processes, transactions, and parsing the rows that
// are read.
import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { explainSqliteLoading, requireFitSystem } from '../../../native/index.ts';
import { identityOfSync } from '../base/files/user-files.ts';
import { userHomeFolder } from '../base/files/paths.ts';
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import { makeSchema, requireOurs, requireWhole } from './schema.ts';
import { explainSqliteError } from './sqlite-errors.ts';

type StoreOptions = {
  /** How long a statement waits for another process's lock. */
  readonly busyTimeoutMs?: number;
};

type SqlValue = string | number | null | Uint8Array;
/** One value for each `?`, or one object with a value for each `@name`. */
type SqlValues = readonly SqlValue[] | readonly [Readonly<Record<string, SqlValue>>];

export const STORE_FILE = 'winnow.db';

const RETRY_MS = 20;

/** One open database. All methods are synchronous and throw the WinnowErrors of `explainSqliteError`. */
export class Store {
  readonly path: string;
  readonly #db: Database.Database;
  /** Identifies the opened file, whatever file has its name later; null: no file. */
  readonly #identity: string | null;
  readonly #statements = new Map<string, Database.Statement>();
  /** Whether its file was found missing or replaced, so that the connection is closed. */
  #isLeft = false;

  constructor(db: Database.Database) {
    this.#db = db;
    this.path = db.name;
    this.#identity = identityOfSync(db.name);
  }

  /**
   * Checks that the file is still there: SQLite continues with a deleted file, and what it stores there is lost with the process.
   * @throws WinnowError STORE: the database's file is no longer there, or another one is in its place; from then on, at
   *   every use
   */
  requireThere(): void {
    if (this.#isMoved()) this.#leave();
    this.#requireOpen();
  }

  /** Runs a statement that returns no rows. */
  run(sql: string, ...values: SqlValues): { readonly changes: number } {
    if (!this.#db.inTransaction) this.requireThere();
    return this.#guard(() => ({ changes: this.#prepare(sql).run(...values).changes }));
  }

  /**
   * @returns the first row; undefined: there is none
   * @throws WinnowError STORE when the row does not fit the schema
   */
  get<T>(row: z.ZodType<T>, sql: string, ...values: SqlValues): T | undefined {
    const value = this.#guard(() => {
      const statement = this.#prepare(sql);
      if (!statement.readonly && !this.#db.inTransaction) this.requireThere();
      // `get` stops a writing statement at its first row, whose commit may then fail unnoticed, as on a full disk
      return statement.readonly ? statement.get(...values) : statement.all(...values)[0];
    });
    return value === undefined ? undefined : this.#parse(row, value);
  }

  /** @throws WinnowError STORE when a row does not fit the schema */
  all<T>(row: z.ZodType<T>, sql: string, ...values: SqlValues): T[] {
    return this.#guard(() => this.#prepare(sql).all(...values)).map((value) => this.#parse(row, value));
  }

  /** The first column of all rows. @throws WinnowError STORE when a value does not fit the schema */
  column<T>(value: z.ZodType<T>, sql: string, ...values: SqlValues): T[] {
    const rows = this.#guard(() => this.#prepare(sql).all(...values)) as object[];
    return rows.map((row) => this.#parse(value, Object.values(row)[0]));
  }

  /**
   * Runs `work` in one transaction that holds the write lock from its start; an exception rolls everything back.
   * Inside another transaction it is a savepoint of that one.
   * @returns what `work` returns, which must not be a promise
   */
  transaction<T>(work: () => T): T {
    const isOutermost = !this.#db.inTransaction;
    return this.#guard(() => {
      const done = this.#db.transaction(work).immediate();
      if (isOutermost) this.requireThere();
      return done;
    });
  }

  /** Findings of SQLite's full check, which reads the whole file; empty for a sound database. */
  integrityFindings(): string[] {
    this.#requireOpen();
    let findings: unknown;
    try {
      findings = this.#db.pragma('integrity_check');
    } catch (error) {
      // Some damage ends the check itself.
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CORRUPT')) return [error.message];
      throw explainSqliteError(error, this.path);
    }
    return z
      .array(z.object({ integrity_check: z.string() }))
      .parse(findings)
      .map((finding) => finding.integrity_check)
      .filter((finding) => finding !== 'ok');
  }

  /** Closes the connection; it cannot be used afterwards. */
  close(): void {
    if (this.#isMoved()) this.#leave();
    this.#statements.clear();
    this.#db.close();
  }

  #isMoved(): boolean {
    return this.#identity !== null && identityOfSync(this.path) !== this.#identity;
  }

  /**
   * Closes the connection to a moved database. First writes its log into the file that was opened, wherever that is now: SQLite
   * leaves the log of a moved database behind, and whoever opens the next file of that name would write the log into it.
   */
  #leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#statements.clear();
    try {
      // another process that has the database open does this when it leaves
      this.#db.pragma('busy_timeout = 0');
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // the disk is gone or full: what cannot be written is lost
    }
    this.#db.close();
  }

  #requireOpen(): void {
    if (!this.#isLeft) return;
    const said = existsSync(this.path)
      ? msg('databaseExchanged', { path: this.path })
      : msg('dataFolderGone', { folder: path.dirname(this.path) });
    throw new WinnowError('STORE', said, { file: this.path });
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(work: () => T): T {
    this.#requireOpen();
    try {
      return work();
    } catch (error) {
      throw explainSqliteError(error, this.path);
    }
  }

  #parse<T>(row: z.ZodType<T>, value: unknown): T {
    const parsed = row.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new WinnowError('STORE', msg('rowInvalid', { path: this.path, reason: z.prettifyError(parsed.error) }), {
      file: this.path,
    });
  }
}

/**
 * Opens `<home>/winnow.db`, and creates a missing folder or file.
 * Several processes may have the same database open.
 * @throws WinnowError STORE for a damaged, locked or foreign file, or one with another schema, none of which is changed;
 * TARGET_UNWRITABLE, NO_SPACE; NATIVE_LOAD if SQLite itself cannot be loaded
 */
export function openStore(home: string, options: StoreOptions = {}): Store {
  const { busyTimeoutMs = 10_000 } = options;
  const file = path.join(home, STORE_FILE);
  requireFitSystem();
  makeWritable(home, file);
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { timeout: busyTimeoutMs });
    requireOurs(db);
    switchToWal(db, busyTimeoutMs);
    // FULL: a committed checkpoint survives not only a killed process but also a power failure. NORMAL would then lose the
    // last commits, and an fsync costs nothing compared with the minutes of work in a checkpoint.
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    makeSchema(db);
    requireWhole(db);
    makePrivate(home, file);
    return new Store(db);
  } catch (error) {
    db?.close();
    throw explainSqliteError(explainSqliteLoading(error), file);
  }
}

function makeWritable(home: string, file: string): void {
  try {
    makeFolders(home);
    // SQLite would open a read-only database all the same, and fail only at the first write.
    accessSync(home, constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch (error) {
    throw new WinnowError(
      'TARGET_UNWRITABLE',
      msg('databaseUnwritable', { file, reason: error instanceof Error ? error.message : String(error) }),
      { file },
      error,
    );
  }
}

/**
 * Lets only the user read demos and chats, whoever made the folder and the files, and when. A folder that is not Winnow's
 * alone, such as the user's own, keeps its mode. Windows has inherited access lists instead.
 */
function makePrivate(home: string, file: string): void {
  if (process.platform === 'win32') return;
  const shared = [userHomeFolder(), tmpdir(), path.parse(home).root].includes(path.resolve(home));
  // SQLite gives the files beside the database the mode of the database
  const files = ['', '-wal', '-shm'].map((ending) => file + ending).filter((name) => existsSync(name));
  for (const place of shared ? files : [home, ...files]) {
    const { mode, uid } = statSync(place);
    if (uid === process.getuid?.() && (mode & 0o077) !== 0) chmodSync(place, mode & 0o700);
  }
}

/** SQLite does not wait for a lock while it changes the journal mode, so two first starts at once would collide. */
function switchToWal(db: Database.Database, busyTimeoutMs: number): void {
  const deadline = performance.now() + busyTimeoutMs;
  const idle = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      db.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      const busy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
      if (!busy || performance.now() >= deadline) throw error;
      Atomics.wait(idle, 0, 0, RETRY_MS);
    }
  }
}

/** Makes one level at a time: Node's recursive mkdir never returns if a folder cannot be made below an existing parent (/proc). */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(path.dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(folder)) throw error; // and no other process has made it meanwhile
  }
}
