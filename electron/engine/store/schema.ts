// The tables of the database: those of a new one are made, and one that has others is refused without touching it. Times are
// milliseconds since 1970, UTC.
import Database from 'better-sqlite3';
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import { damagedDatabase } from './sqlite-errors.ts';

/** `PRAGMA application_id` of a Winnow database: "Wnnw" in ASCII. */
const APPLICATION_ID = 0x576e6e77;

/** `PRAGMA user_version` of a database with this schema. */
const SCHEMA_VERSION = 1;

/** The process that works on the row, see owner.ts. */
const OWNER = `
  owner_pid INTEGER,
  owner_start TEXT`;

const SCHEMA = `
CREATE TABLE models (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE,
  info TEXT NOT NULL CHECK (json_valid(info)),
  last_seen_ms INTEGER NOT NULL
) STRICT;

-- What a look at the model folders found, so that the next start need not read hundreds of headers again. A row is
-- valid while the file has the same size and time.
CREATE TABLE library_models (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL,
  publisher TEXT,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  modified_ms REAL NOT NULL,
  last_used_ms REAL,
  fingerprint TEXT,
  -- what read the header; NULL: it is to be read again
  reader TEXT,
  state TEXT NOT NULL,
  reason TEXT,
  details TEXT CHECK (json_valid(details))
) STRICT, WITHOUT ROWID;
CREATE INDEX library_models_by_fingerprint ON library_models (fingerprint);

CREATE TABLE library_folders (
  path TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The identity of models and written files, for as long as nothing is written to them.
CREATE TABLE known_files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Device, inode, size, times of the last write and of the last change of each part.
  state TEXT NOT NULL UNIQUE,
  identity TEXT NOT NULL CHECK (json_valid(identity))
) STRICT;

-- Ids that are never given twice: a deletion can be undone, and a waiting job means what it meant.
CREATE TABLE domains (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

CREATE TABLE demos (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  domain_id INTEGER NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
  hash TEXT NOT NULL,
  source_path TEXT NOT NULL,
  source_line INTEGER NOT NULL,
  -- The model that wrote the last answer.
  answered_by TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('text', 'chat')),
  -- Messages of a chat; 1 for a text.
  turns INTEGER NOT NULL,
  prompt_only INTEGER NOT NULL CHECK (prompt_only IN (0, 1)),
  -- Lists read the opening, not the content, which may be large and so stands last.
  opening TEXT NOT NULL,
  chars INTEGER NOT NULL,
  content TEXT NOT NULL CHECK (json_valid(content)),
  UNIQUE (domain_id, hash)
) STRICT;
CREATE INDEX demos_by_domain ON demos (domain_id);
CREATE INDEX demos_by_hash ON demos (hash);
CREATE INDEX prompts_by_domain ON demos (domain_id) WHERE prompt_only = 1;

CREATE TABLE held_out_texts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  domain_id INTEGER NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  -- Null: the content is one text; otherwise it is a JSON list of so many documents.
  documents INTEGER,
  content TEXT NOT NULL,
  UNIQUE (domain_id, hash)
) STRICT;

-- The domain is a name, not a reference: a run keeps its meaning when the domain is renamed or deleted.
CREATE TABLE score_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  domain TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  settings_hash TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed', 'interrupted')),
  started_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  -- Not null: the user deleted it and may take that back while the deleting process, its owner now, lives.
  deleted_ms INTEGER,
  tokens INTEGER NOT NULL,
  seconds REAL NOT NULL DEFAULT 0,
  -- Null: not known, or in several places.
  -- Whether the run collects llama.cpp's importance matrix of its demos.
  importance INTEGER NOT NULL DEFAULT 0,
  -- Which demos of its files it took; null: not known.
  taken TEXT CHECK (taken IS NULL OR json_valid(taken)),${OWNER}
) STRICT;
CREATE INDEX score_runs_by_settings ON score_runs (model_id, settings_hash);

CREATE TABLE run_demos (
  run_id INTEGER NOT NULL REFERENCES score_runs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  demo_hash TEXT NOT NULL,
  demo_id TEXT NOT NULL,
  tokens INTEGER NOT NULL,
  -- Whether the importance matrix as it is stored has seen the demo.
  in_importance INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE demo_scores (
  run_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  sums BLOB NOT NULL,
  -- The largest outputs.
  max_norm BLOB NOT NULL,
  PRIMARY KEY (run_id, position),
  FOREIGN KEY (run_id, position) REFERENCES run_demos (run_id, position) ON DELETE CASCADE
) STRICT;

-- llama.cpp's importance matrix of a run's demos, as far as the run has got.
CREATE TABLE run_importance (
  run_id INTEGER NOT NULL REFERENCES score_runs (id) ON DELETE CASCADE,
  input INTEGER NOT NULL,
  -- Of the weights that are multiplied with this input, as a JSON list.
  names TEXT NOT NULL CHECK (json_valid(names)),
  counts BLOB NOT NULL,
  sums BLOB NOT NULL,
  PRIMARY KEY (run_id, input)
) STRICT;

CREATE TABLE selections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  kept TEXT NOT NULL CHECK (json_valid(kept)),
  -- Null: an imported mask.
  criterion TEXT,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  created_ms INTEGER NOT NULL,
  -- Its states as it was edited are a series: the first one's id; null: its own.
  choice_id INTEGER,
  -- The state that it was changed from.
  parent_id INTEGER,
  used_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX selections_by_model ON selections (model_id);
CREATE INDEX selections_by_choice ON selections (coalesce(choice_id, id));

-- What was written is copied: an export says it for ever, also after the selection is deleted.
CREATE TABLE exports (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  plan TEXT NOT NULL CHECK (json_valid(plan)),
  output_path TEXT NOT NULL,
  bytes INTEGER,
  sha256 TEXT,
  -- Of all its files.
  seconds REAL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed', 'interrupted')),
  started_ms INTEGER NOT NULL,
  finished_ms INTEGER,${OWNER}
) STRICT;
CREATE INDEX exports_by_model ON exports (model_id);

CREATE TABLE evaluations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL DEFAULT 'comparison' CHECK (kind IN ('comparison', 'fit')),
  -- Hash of everything that the numbers depend on; null: not to be found again.
  measured TEXT,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  result TEXT NOT NULL CHECK (json_valid(result)),
  created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX evaluations_by_measured ON evaluations (measured);

-- What models write on prompts. Lists do not read the texts, which may be large and so stand last.
CREATE TABLE generation_checks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Hash of everything that the completions depend on.
  measured TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  result TEXT NOT NULL CHECK (json_valid(result)),
  created_ms INTEGER NOT NULL,
  texts TEXT NOT NULL CHECK (json_valid(texts))
) STRICT;
CREATE INDEX generation_checks_by_measured ON generation_checks (measured);

CREATE TABLE chats (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL DEFAULT '',
  params TEXT NOT NULL CHECK (json_valid(params)),
  -- Ids of the rows that the job makes.
  made TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(made)),
  -- It started by itself, and comes after those that people ask for.
  background INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
  progress_done REAL NOT NULL DEFAULT 0,
  progress_total REAL NOT NULL DEFAULT 0,
  progress_unit TEXT NOT NULL DEFAULT 'tokens',
  result TEXT CHECK (json_valid(result)),
  error TEXT CHECK (json_valid(error)),
  created_ms INTEGER NOT NULL,
  started_ms INTEGER,
  finished_ms INTEGER,${OWNER}
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state);

-- Work that only one process may do at a time.
CREATE TABLE claims (
  name TEXT PRIMARY KEY,${OWNER}
) STRICT;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;
`;

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
    throw new WinnowError('STORE', msg('databaseForeign', { file: db.name }), { file: db.name, applicationId });
  }
  if (version !== SCHEMA_VERSION) {
    const versions = { file: db.name, version, newest: SCHEMA_VERSION };
    throw new WinnowError('STORE', msg('databaseNewer', versions), versions);
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
  const difference = firstDifference(readSchema(db), wantedSchema());
  if (difference !== null) throw damagedDatabase(db.name, difference);
}

type Schema = ReadonlyMap<string, string>;

/** The columns of each table in their order, and everything else in the schema by name. */
function readSchema(db: Database.Database): Schema {
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
  wanted = readSchema(fresh);
  fresh.close();
  return wanted;
}

function firstDifference(actual: Schema, expected: Schema): string | null {
  for (const [part, columns] of expected) {
    if (!actual.has(part)) return `it lacks ${part}`;
    if (actual.get(part) !== columns) return `${part} has other columns`;
  }
  const foreign = [...actual.keys()].find((part) => !expected.has(part));
  return foreign === undefined ? null : `it has ${foreign}, which is not Winnow's`;
}

function schemaVersion(db: Database.Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}
