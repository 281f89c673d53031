// Owns the connection to Winnow's database: opening, waiting for other processes, transactions, and rows parsed on
// their way in.
import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { explainSqliteLoading, requireFitSystem } from '../../../native/index.ts';
import { identityOfSync } from '../base/files/user-files.ts';
import { userHomeFolder } from '../base/files/user-folder.ts';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { assertOurs, assertWhole, migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { explainSqliteError } from './sqlite-errors.ts';

type StoreOptions = {
  /** How long a statement waits for another process's lock. */
  readonly busyTimeoutMs?: number;
  /** The schema's steps; those of this program unless a test says otherwise. */
  readonly migrations?: readonly string[];
};

type SqlValue = string | number | null | Uint8Array;
/** One for each `?`, or one object with one for each `@name`. */
type SqlValues = readonly SqlValue[] | readonly [Readonly<Record<string, SqlValue>>];

/** In the data folder. */
export const STORE_FILE = 'winnow.db';

const RETRY_MS = 20;

/** One open database. All methods are synchronous and throw WinnowError as `explainSqliteError` says. */
export class Store {
  readonly path: string;
  readonly #db: Database.Database;
  /** Which file it is, whatever has its name later; null: no file. */
  readonly #identity: string | null;
  readonly #statements = new Map<string, Database.Statement>();
  /** Its file was found gone, or exchanged. */
  #isLeft = false;

  constructor(db: Database.Database) {
    this.#db = db;
    this.path = db.name;
    this.#identity = identityOfSync(db.name);
  }

  /**
   * SQLite goes on with a file that was deleted, and what is stored in it is gone with the process.
   * @throws WinnowError STORE: the database's file is no longer there, or another one is in its place; then, and from then
   *   on at every use
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
   * @returns the first row, or undefined where there is none
   * @throws WinnowError STORE when the row does not fit the schema
   */
  get<T>(row: z.ZodType<T>, sql: string, ...values: SqlValues): T | undefined {
    const found = this.#guard(() => {
      const statement = this.#prepare(sql);
      if (!statement.readonly && !this.#db.inTransaction) this.requireThere();
      // `get` leaves a writing statement at its first row, whose commit then fails unseen, as on a full disk
      return statement.readonly ? statement.get(...values) : statement.all(...values)[0];
    });
    return found === undefined ? undefined : this.#parse(row, found);
  }

  /** @throws WinnowError STORE when a row does not fit the schema */
  all<T>(row: z.ZodType<T>, sql: string, ...values: SqlValues): T[] {
    return this.#guard(() => this.#prepare(sql).all(...values)).map((found) => this.#parse(row, found));
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

  /** Findings of SQLite's full check, empty for a sound database. Reads the whole file. */
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

  /** A setting of the connection, as SQLite reports it. */
  pragma(name: string): unknown {
    return this.#guard(() => this.#db.pragma(name, { simple: true }));
  }

  /** The connection; nothing can be asked of it after. */
  close(): void {
    if (this.#isMoved()) this.#leave();
    this.#statements.clear();
    this.#db.close();
  }

  #isMoved(): boolean {
    return this.#identity !== null && identityOfSync(this.path) !== this.#identity;
  }

  /**
   * What its log holds goes into the file that was opened, wherever that is now: SQLite leaves the log of a moved database
   * as it is, and whoever opens the one that has its name next would write it into that.
   */
  #leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#statements.clear();
    try {
      // another process that has it open does this when it leaves
      this.#db.pragma('busy_timeout = 0');
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // its disk is gone or full: what cannot be written is lost
    }
    this.#db.close();
  }

  #requireOpen(): void {
    if (!this.#isLeft) return;
    const said = existsSync(this.path)
      ? say('databaseExchanged', { path: this.path })
      : say('dataFolderGone', { folder: path.dirname(this.path) });
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

  #parse<T>(row: z.ZodType<T>, found: unknown): T {
    const parsed = row.safeParse(found);
    if (parsed.success) return parsed.data;
    throw new WinnowError('STORE', say('rowInvalid', { path: this.path, reason: z.prettifyError(parsed.error) }), {
      file: this.path,
    });
  }
}

/**
 * Opens `<home>/winnow.db`, makes folder and file where they are missing, and brings the schema up to date.
 * Several processes may have the same database open.
 * @throws WinnowError STORE for a damaged, locked or foreign file, or one of a newer Winnow, none of which is changed;
 * TARGET_UNWRITABLE, NO_SPACE; NATIVE_LOAD where SQLite is not even tried
 */
export function openStore(home: string, options: StoreOptions = {}): Store {
  const { busyTimeoutMs = 10_000, migrations = MIGRATIONS } = options;
  const file = path.join(home, STORE_FILE);
  requireFitSystem();
  makeWritable(home, file);
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { timeout: busyTimeoutMs });
    assertOurs(db, migrations.length);
    switchToWal(db, busyTimeoutMs);
    // FULL: a committed checkpoint survives not only a killed process but a power failure. NORMAL would lose the
    // last commits then, and an fsync costs nothing against the minutes that a checkpoint stands for.
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    migrate(db, migrations);
    assertWhole(db, migrations);
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
    // SQLite would open a read-only database all the same, and fail at the first write only.
    accessSync(home, constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch (error) {
    throw new WinnowError(
      'TARGET_UNWRITABLE',
      say('databaseUnwritable', { file, reason: error instanceof Error ? error.message : String(error) }),
      { file },
      error,
    );
  }
}

/**
 * Demos and chats are nobody else's to read, whoever made the folder and the files, and when. A folder that is not Winnow's
 * alone, such as the user's own, keeps its mode. Windows has access lists in their place, which are inherited.
 */
function makePrivate(home: string, file: string): void {
  if (process.platform === 'win32') return;
  const shared = [userHomeFolder(), tmpdir(), path.parse(home).root].includes(path.resolve(home));
  // SQLite gives what it puts beside the database the database's own mode
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

/** Step by step: Node's recursive mkdir never returns where a folder cannot be made although its parent exists (/proc). */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(path.dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(folder)) throw error; // not made by another process meanwhile
  }
}
