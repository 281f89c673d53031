// The schema, as the numbered steps that lead to it. A released step is never edited: add another one.

/** What `PRAGMA application_id` of a Winnow database says: "Wnnw" in ASCII. */
export const APPLICATION_ID = 0x576e6e77;

/** The process that works on the row, see owner.ts. */
const OWNER = `
  owner_pid INTEGER,
  owner_start TEXT`;

/** Step `i` leads from version `i` to version `i + 1`. Times are milliseconds since 1970, UTC. */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE models (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE,
  arch TEXT NOT NULL,
  name TEXT NOT NULL,
  info TEXT NOT NULL CHECK (json_valid(info)),
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE domains (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

CREATE TABLE demos (
  id INTEGER PRIMARY KEY,
  domain_id INTEGER NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
  hash TEXT NOT NULL,
  content TEXT NOT NULL CHECK (json_valid(content)),
  source_path TEXT NOT NULL,
  source_line INTEGER NOT NULL,
  added_ms INTEGER NOT NULL,
  UNIQUE (domain_id, hash)
) STRICT;

-- The domain is a name, not a reference: a run keeps its meaning when the domain is renamed or deleted.
CREATE TABLE score_runs (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  domain TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  settings_hash TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed', 'interrupted')),
  started_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  tokens INTEGER NOT NULL,
  seconds REAL NOT NULL DEFAULT 0,${OWNER}
) STRICT;
CREATE INDEX score_runs_by_settings ON score_runs (model_id, settings_hash);

CREATE TABLE run_demos (
  run_id INTEGER NOT NULL REFERENCES score_runs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  demo_hash TEXT NOT NULL,
  demo_id TEXT NOT NULL,
  tokens INTEGER NOT NULL,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE demo_scores (
  run_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  sums BLOB NOT NULL,
  contribution BLOB,
  top BLOB,
  PRIMARY KEY (run_id, position),
  FOREIGN KEY (run_id, position) REFERENCES run_demos (run_id, position) ON DELETE CASCADE
) STRICT;

CREATE TABLE plans (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  kept TEXT NOT NULL CHECK (json_valid(kept)),
  criterion TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX plans_by_model ON plans (model_id);

-- The plan is copied: an export says for ever what was written, also after its plan is deleted.
CREATE TABLE exports (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  plan TEXT NOT NULL CHECK (json_valid(plan)),
  output_path TEXT NOT NULL,
  bytes INTEGER,
  sha256 TEXT,
  seconds REAL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed', 'interrupted')),
  started_ms INTEGER NOT NULL,
  finished_ms INTEGER,${OWNER}
) STRICT;
CREATE INDEX exports_by_model ON exports (model_id);

CREATE TABLE evaluations (
  id INTEGER PRIMARY KEY,
  model_path TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  result TEXT NOT NULL CHECK (json_valid(result)),
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE chats (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  params TEXT NOT NULL CHECK (json_valid(params)),
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
  progress_done REAL NOT NULL DEFAULT 0,
  progress_total REAL NOT NULL DEFAULT 0,
  progress_unit TEXT NOT NULL DEFAULT 'tokens',
  result TEXT CHECK (json_valid(result)),
  error TEXT CHECK (json_valid(error)),
  log TEXT NOT NULL DEFAULT '',
  created_ms INTEGER NOT NULL,
  started_ms INTEGER,
  finished_ms INTEGER,${OWNER}
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state);
`,
];
