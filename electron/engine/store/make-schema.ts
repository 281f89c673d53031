// Makes the tables of a new database, or refuses one that has others without touching it.
import Database from 'better-sqlite3';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { damagedDatabase } from './sqlite-errors.ts';

/**
 * Refuses databases that this program must not write to. It only reads.
 * @throws WinnowError STORE when another program or a Winnow with another schema made the file
 */
export function requireOurs(db: Database.Database): void {
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
  if (version !== SCHEMA_VERSION) {
    const versions = { file: db.name, version, newest: SCHEMA_VERSION };
    throw new WinnowError('STORE', say('databaseNewer', versions), versions);
  }
}

/** Makes all tables of an empty database in one transaction. Other processes may do the same at the same time. */
export function makeSchema(db: Database.Database): void {
  if (schemaVersion(db) !== 0) return;
  db.transaction(() => {
    // read under the write lock: another process may have made them meanwhile
    if (schemaVersion(db) !== 0) return;
    db.exec(SCHEMA);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}

/**
 * Refuses a database whose tables differ from the schema's: because of a damaged schema page, or something that another program
 * left in it, such as a trigger that would run with every row.
 * @throws WinnowError STORE
 */
export function requireWhole(db: Database.Database): void {
  const difference = firstDifference(schemaOf(db), wantedSchema());
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

let wanted: Schema | undefined;

function wantedSchema(): Schema {
  if (wanted) return wanted;
  const fresh = new Database(':memory:');
  fresh.exec(SCHEMA);
  wanted = schemaOf(fresh);
  fresh.close();
  return wanted;
}

function firstDifference(found: Schema, expected: Schema): string | null {
  for (const [part, columns] of expected) {
    if (!found.has(part)) return `it lacks ${part}`;
    if (found.get(part) !== columns) return `${part} has other columns`;
  }
  const foreign = [...found.keys()].find((part) => !expected.has(part));
  return foreign === undefined ? null : `it has ${foreign}, which is not Winnow's`;
}

function schemaVersion(db: Database.Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}
