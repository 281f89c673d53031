// Brings a database to this program's schema version, or refuses without touching it.
import { renameSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { APPLICATION_ID } from './migrations.ts';
import { damagedDatabase } from './sqlite-errors.ts';

/**
 * Refuses databases that this program must not write to. It only reads.
 * @throws WinnowError STORE when a newer Winnow or another program made the file
 */
export function assertOurs(db: Database.Database, newest: number): void {
  // In one snapshot: another process may be creating the schema at this moment.
  const { version, applicationId, tables } = db.transaction(() => ({
    version: schemaVersion(db),
    applicationId: db.pragma('application_id', { simple: true }),
    tables: db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() ?? 0,
  }))();
  if (version === 0 && tables === 0) return;
  if (version === 0 || applicationId !== APPLICATION_ID) {
    throw new WinnowError('STORE', say('databaseForeign', { file: db.name }), { file: db.name, applicationId });
  }
  if (version > newest) {
    throw new WinnowError('STORE', say('databaseNewer', { file: db.name, version, newest }), {
      file: db.name,
      version,
      newest,
    });
  }
}

/**
 * Runs the missing steps, each in one transaction with its `user_version`. A database that holds data is first
 * copied to `<file>.v<version>.bak`, which reads every row of it. Other processes may do the same at the same time.
 * @throws WinnowError STORE when the file is damaged or a step leaves dangling references; the file then is as it was before
 * that step
 */
export function migrate(db: Database.Database, migrations: readonly string[]): void {
  const version = schemaVersion(db);
  if (version >= migrations.length) return;
  if (version > 0) backUp(db, version);
  // A step may rebuild a table, which foreign keys would treat as a deletion. This cannot be switched inside a transaction.
  db.pragma('foreign_keys = OFF');
  migrations.forEach((sql, step) => {
    db.transaction(() => {
      // Read under the write lock: another process may have taken this step meanwhile.
      if (schemaVersion(db) !== step) return;
      db.exec(sql);
      const dangling = db.pragma('foreign_key_check') as unknown[];
      if (dangling.length > 0) {
        throw new WinnowError(
          'STORE',
          say('databaseDangling', { file: db.name, next: step + 1, rows: dangling.length, version: step }),
          { file: db.name, version: step, dangling },
        );
      }
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${step + 1}`);
    }).immediate();
  });
  db.pragma('foreign_keys = ON');
}

/**
 * Refuses a database whose tables differ from those that the steps make: because of a damaged schema page, or something that
 * another program left in it, such as a trigger that would run with every row.
 * @throws WinnowError STORE
 */
export function assertWhole(db: Database.Database, migrations: readonly string[]): void {
  const found = db.transaction(() => ({ version: schemaVersion(db), schema: schemaOf(db) }))();
  // a newer Winnow has migrated it in between: the next call reports this
  if (found.version !== migrations.length) return;
  const difference = firstDifference(found.schema, expectedSchema(migrations));
  if (difference !== null) throw damagedDatabase(db.name, difference);
}

type Schema = ReadonlyMap<string, string>;

/** The columns of each table in their order, and everything else in the schema by name. */
function schemaOf(db: Database.Database): Schema {
  const parts = db
    .prepare<[], { type: string; name: string }>(
      `SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all();
  const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?)').pluck();
  return new Map(
    parts.map(({ type, name }) => [`${type} ${name}`, type === 'table' ? columns.all(name).join(', ') : '']),
  );
}

const expected = new WeakMap<readonly string[], Schema>();

function expectedSchema(migrations: readonly string[]): Schema {
  const known = expected.get(migrations);
  if (known) return known;
  const fresh = new Database(':memory:');
  for (const sql of migrations) fresh.exec(sql);
  const schema = schemaOf(fresh);
  fresh.close();
  expected.set(migrations, schema);
  return schema;
}

function firstDifference(found: Schema, wanted: Schema): string | null {
  for (const [part, columns] of wanted) {
    if (!found.has(part)) return `it lacks ${part}`;
    if (found.get(part) !== columns) return `${part} has other columns`;
  }
  const foreign = [...found.keys()].find((part) => !wanted.has(part));
  return foreign === undefined ? null : `it has ${foreign}, which is not Winnow's`;
}

function schemaVersion(db: Database.Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** Backs the database up. VACUUM INTO includes what is still in the WAL, and fails on a damaged page. */
function backUp(db: Database.Database, version: number): void {
  const part = `${db.name}.v${version}.${process.pid}.part`;
  rmSync(part, { force: true });
  try {
    db.prepare('VACUUM INTO ?').run(part);
    const copy = new Database(part, { readonly: true });
    const copied = schemaVersion(copy);
    copy.close();
    // Otherwise, another process has migrated in between, and made the backup before that.
    if (copied === version) renameSync(part, `${db.name}.v${version}.bak`);
  } finally {
    rmSync(part, { force: true });
  }
}
