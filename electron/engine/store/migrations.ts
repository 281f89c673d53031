// The schema, as the numbered steps that lead to it. A released step is never edited: add another one.

/** `PRAGMA application_id` of a Winnow database: "Wnnw" in ASCII. */
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
  `
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

CREATE TABLE held_out_texts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  domain_id INTEGER NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  content TEXT NOT NULL,
  added_ms INTEGER NOT NULL,
  UNIQUE (domain_id, hash)
) STRICT;

-- Domains and demos again: ids are never given twice, so that a deletion can be undone and a waiting job means what it
-- meant; and lists need not read the contents, which may be large and so stand last.
CREATE TABLE new_domains (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;
INSERT INTO new_domains (id, name) SELECT id, name FROM domains;

CREATE TABLE new_demos (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  domain_id INTEGER NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
  hash TEXT NOT NULL,
  source_path TEXT NOT NULL,
  source_line INTEGER NOT NULL,
  added_ms INTEGER NOT NULL,
  -- The model that wrote the last answer.
  answered_by TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('text', 'chat')),
  -- Messages of a chat; 1 for a text.
  turns INTEGER NOT NULL,
  prompt_only INTEGER NOT NULL CHECK (prompt_only IN (0, 1)),
  opening TEXT NOT NULL,
  chars INTEGER NOT NULL,
  content TEXT NOT NULL CHECK (json_valid(content)),
  UNIQUE (domain_id, hash)
) STRICT;
INSERT INTO new_demos
    (id, domain_id, hash, source_path, source_line, added_ms, kind, turns, prompt_only, opening, chars, content)
  SELECT id, domain_id, hash, source_path, source_line, added_ms,
    content ->> '$.kind',
    coalesce(json_array_length(content, '$.messages'), 1),
    coalesce(content ->> '$.messages[#-1].role' <> 'assistant', 0),
    coalesce(
      content ->> '$.text',
      (SELECT value ->> 'content' FROM json_each(content, '$.messages')
       WHERE trim(value ->> 'content') <> '' ORDER BY value ->> 'role' = 'user' DESC, key),
      ''),
    coalesce(
      length(content ->> '$.text'),
      (SELECT sum(length(value ->> 'content')) FROM json_each(content, '$.messages'))),
    content
  FROM demos;
UPDATE new_demos SET opening = ltrim(opening, char(9, 10, 13, 32)) || char(10);
UPDATE new_demos SET opening = rtrim(substr(opening, 1, min(200, instr(opening, char(10)) - 1)), char(9, 13, 32));

DROP TABLE demos;
DROP TABLE domains;
ALTER TABLE new_domains RENAME TO domains;
ALTER TABLE new_demos RENAME TO demos;
CREATE INDEX demos_by_domain ON demos (domain_id);
CREATE INDEX demos_by_hash ON demos (hash);
CREATE INDEX prompts_by_domain ON demos (domain_id) WHERE prompt_only = 1;

-- Plans and evaluations again, for the same reason. An imported mask has no criterion.
CREATE TABLE new_plans (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  kept TEXT NOT NULL CHECK (json_valid(kept)),
  criterion TEXT,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  created_ms INTEGER NOT NULL
) STRICT;
INSERT INTO new_plans (id, model_id, name, kept, criterion, settings, created_ms)
  SELECT id, model_id, '', kept, criterion, settings, created_ms FROM plans;
DROP TABLE plans;
ALTER TABLE new_plans RENAME TO plans;
CREATE INDEX plans_by_model ON plans (model_id);

CREATE TABLE new_evaluations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_path TEXT NOT NULL,
  -- Hash of everything that the numbers depend on; null: not to be found again.
  measured TEXT,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  result TEXT NOT NULL CHECK (json_valid(result)),
  created_ms INTEGER NOT NULL
) STRICT;
INSERT INTO new_evaluations (id, model_path, settings, result, created_ms)
  SELECT id, model_path, settings, result, created_ms FROM evaluations;
DROP TABLE evaluations;
ALTER TABLE new_evaluations RENAME TO evaluations;
CREATE INDEX evaluations_by_measured ON evaluations (measured);

ALTER TABLE jobs ADD COLUMN subject TEXT NOT NULL DEFAULT '';
-- Ids of the rows that the job makes, as JSON.
ALTER TABLE jobs ADD COLUMN made TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(made));

-- Score runs again, for the same reason as domains.
CREATE TABLE new_score_runs (
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
  seconds REAL NOT NULL DEFAULT 0,${OWNER}
) STRICT;
INSERT INTO new_score_runs
    (id, model_id, domain, settings, settings_hash, state, started_ms, finished_ms, tokens, seconds, owner_pid, owner_start)
  SELECT id, model_id, domain, settings, settings_hash, state, started_ms, finished_ms, tokens, seconds, owner_pid,
    owner_start
  FROM score_runs;
DROP TABLE score_runs;
ALTER TABLE new_score_runs RENAME TO score_runs;
CREATE INDEX score_runs_by_settings ON score_runs (model_id, settings_hash);
`,
  // What models write on prompts. Lists do not read the texts, which may be large and are therefore the last column.
  `
CREATE TABLE generation_checks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_path TEXT NOT NULL,
  -- Hash of everything that the completions depend on.
  measured TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  result TEXT NOT NULL CHECK (json_valid(result)),
  created_ms INTEGER NOT NULL,
  texts TEXT NOT NULL CHECK (json_valid(texts))
) STRICT;
CREATE INDEX generation_checks_by_measured ON generation_checks (measured);
`,
  `
-- Null: the content is one text; otherwise it is a JSON list of so many documents.
ALTER TABLE held_out_texts ADD COLUMN documents INTEGER;
`,
  // One kind of job has one form of request.
  `
UPDATE jobs SET kind = 'evaluate-files' WHERE kind = 'evaluate' AND json_type(params, '$.variants') IS NULL;
UPDATE jobs SET kind = 'respond-files' WHERE kind = 'respond' AND json_type(params, '$.domainId') IS NULL;
`,
  // What used to be called a plan is now a selection, and the tour of the sample is no longer a preview. Within JSON, only a key can
  // have these characters: quotes in texts are escaped.
  `
UPDATE settings SET value = replace(value, '"planId":', '"selectionId":');
UPDATE jobs SET params = replace(params, '"planId":', '"selectionId":');
UPDATE exports SET plan = replace(plan, '"planId":', '"selectionId":');
UPDATE evaluations SET settings = replace(settings, '"planId":', '"selectionId":');
UPDATE generation_checks SET settings = replace(settings, '"planId":', '"selectionId":');
UPDATE jobs SET kind = 'tour' WHERE kind = 'preview';
`,
  // Where a run was computed, apart from the settings that its scores depend on. A processor's rate is kept by number of threads.
  `
-- Null: not known, or in several places.
ALTER TABLE score_runs ADD COLUMN computed_on TEXT CHECK (computed_on IS NULL OR json_valid(computed_on));
DELETE FROM settings WHERE key = 'scale.processor';
`,
  // A selection that is edited becomes a series of selections: each records which one it was changed from, and when it was last used.
  `
-- The first state's id; null: its own.
ALTER TABLE plans ADD COLUMN choice_id INTEGER;
ALTER TABLE plans ADD COLUMN parent_id INTEGER;
ALTER TABLE plans ADD COLUMN used_ms INTEGER NOT NULL DEFAULT 0;
UPDATE plans SET used_ms = created_ms;
CREATE INDEX plans_by_choice ON plans (coalesce(choice_id, id));
`,
  // Jobs that start by themselves come after those that people ask for.
  `
ALTER TABLE jobs ADD COLUMN background INTEGER NOT NULL DEFAULT 0;
`,
  // llama.cpp's importance matrix of a run's demos, as far as the run has got.
  `
-- Whether the run collects it.
ALTER TABLE score_runs ADD COLUMN importance INTEGER NOT NULL DEFAULT 0;
-- Whether the matrix as it is stored has seen the demo.
ALTER TABLE run_demos ADD COLUMN in_importance INTEGER NOT NULL DEFAULT 0;
CREATE TABLE run_importance (
  run_id INTEGER NOT NULL REFERENCES score_runs (id) ON DELETE CASCADE,
  input INTEGER NOT NULL,
  -- Of the weights that are multiplied with this input, as a JSON list.
  names TEXT NOT NULL CHECK (json_valid(names)),
  counts BLOB NOT NULL,
  sums BLOB NOT NULL,
  PRIMARY KEY (run_id, input)
) STRICT;
`,
  // Which demos of its files a run took, so that a report can say how to score them again.
  `
-- Null: not known.
ALTER TABLE score_runs ADD COLUMN taken TEXT CHECK (taken IS NULL OR json_valid(taken));
`,
  // The reason why a model cannot be pruned becomes a code with parameters. Headers of library entries are read again.
  `
UPDATE models SET info = json_set(info, '$.prunable.reason', CASE info ->> '$.prunable.reason'
    WHEN 'it is a dense model: it has no experts to prune' THEN json_object('code', 'dense', 'params', json_object())
    ELSE json_object('code', 'written', 'params', json_object('text', info ->> '$.prunable.reason')) END)
  WHERE json_type(info, '$.prunable.reason') = 'text';
UPDATE library_models SET reason = NULL;
`,
  // The sums of a demo's tokens by class, and the largest outputs.
  `
-- Null: scored by a version that did not tell them apart.
ALTER TABLE demo_scores ADD COLUMN class_sums BLOB;
ALTER TABLE demo_scores ADD COLUMN max_norm BLOB;
`,
  // Routers that were fitted to a selection of experts: the latest result.
  `
CREATE TABLE calibrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  -- Hash of the experts and how tokens are routed to them.
  choice TEXT NOT NULL UNIQUE,
  facts TEXT NOT NULL CHECK (json_valid(facts)),
  -- Of the fitted routers; null: they were not worth it.
  path TEXT,
  created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX calibrations_by_model ON calibrations (model_id);
`,
  // A run may end before all its demos are scored: as soon as the selection that it leads to is stable.
  `
-- What was found then; null: it scores all demos.
ALTER TABLE score_runs ADD COLUMN stopped TEXT CHECK (stopped IS NULL OR json_valid(stopped));
`,
  // Work that only one process may do at a time.
  `
CREATE TABLE claims (
  name TEXT PRIMARY KEY,${OWNER}
) STRICT;
`,
  // Models and written files are identified by every byte. Their identity is kept for as long as nothing is written to them.
  `
CREATE TABLE known_files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Device, inode, size, times of the last write and of the last change of each part.
  state TEXT NOT NULL UNIQUE,
  identity TEXT NOT NULL CHECK (json_valid(identity))
) STRICT;
CREATE INDEX models_by_samples ON models (info ->> '$.sampled');
-- Of all its files; null: of files in parts, older versions kept the first one's hash alone.
ALTER TABLE exports ADD COLUMN fingerprint TEXT;
UPDATE exports SET fingerprint = sha256
  WHERE output_path NOT GLOB '*-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9].gguf';
`,
  // Answers for a domain and for files become one kind of job. A patch leaves out what is null: what was not asked for.
  `
UPDATE jobs SET params = json_patch('{"temperature":0.6,"seed":1}', json_object(
  'model', params ->> '$.model', 'maxTokens', params -> '$.maxTokens', 'placement', params -> '$.placement',
  'demos', json_object('kind', 'domain', 'domainId', params -> '$.domainId', 'modelName', params ->> '$.modelName')
)) WHERE kind = 'respond';
UPDATE jobs SET kind = 'respond', params = json_patch('{}', json_object(
  'model', params ->> '$.model', 'maxTokens', params -> '$.maxTokens', 'placement', params -> '$.placement',
  'temperature', params -> '$.temperature', 'seed', params -> '$.seed',
  'demos', json_object('kind', 'files', 'files', params -> '$.demos', 'output', params ->> '$.output',
    'limit', params -> '$.limit', 'limitBy', params ->> '$.limitBy', 'limitSeed', params -> '$.limitSeed',
    'replaceAnswers', params -> '$.replaceAnswers', 'overwrite', params -> '$.overwrite')
)) WHERE kind = 'respond-files';
`,
  // The purpose of a measurement becomes a column, and sums and figures get one form. Files are measured by the same kind of
  // job as stored texts.
  `
ALTER TABLE evaluations ADD COLUMN kind TEXT NOT NULL DEFAULT 'comparison' CHECK (kind IN ('comparison', 'study', 'fit'));
UPDATE evaluations SET kind = 'study', settings = json_remove(settings, '$.study') WHERE settings ->> '$.study' = 1;
UPDATE evaluations SET kind = 'fit', settings = json_remove(settings, '$.fit'), result = json_set(result -> '$.figures',
    '$.sums', json_object('tokens', result -> '$.tokens', 'nll', result -> '$.nll', 'kl', NULL))
  WHERE settings ->> '$.fit' = 1;
UPDATE jobs SET kind = 'evaluate', params = json_remove(json_set(params,
    '$.full', iif(params ->> '$.against' IS NULL, NULL, json_object('variant', NULL, 'label', params ->> '$.against',
      'path', params ->> '$.against', 'fingerprint', NULL, 'kept', NULL, 'grouping', 'ungrouped', 'selectionId', NULL,
      'domains', NULL)),
    '$.fullName', NULL,
    '$.variants', json_array(json_object('variant', NULL, 'label', coalesce(params ->> '$.mask', params ->> '$.model'),
      'path', params ->> '$.model', 'fingerprint', NULL, 'kept', NULL, 'grouping', 'ungrouped',
      'activeExperts', params -> '$.activeExperts', 'selectionId', NULL, 'domains', NULL)),
    '$.textIds', json('[]'),
    '$.files', json_object('domain', params ->> '$.domain', 'paths',
      iif(json_type(params, '$.text') = 'array', params -> '$.text', json_array(params ->> '$.text'))),
    '$.isAnew', json('true'),
    '$.chunks', params -> '$.chunks'),
    '$.model', '$.text', '$.domain', '$.against', '$.activeExperts')
  WHERE kind = 'evaluate-files';
UPDATE jobs SET params = json_remove(json_set(params, '$.variants[0].mask',
    json_patch('{}', json_object('path', params ->> '$.mask', 'grouping', params ->> '$.grouping'))), '$.mask', '$.grouping')
  WHERE kind = 'evaluate' AND json_type(params, '$.mask') = 'text';
`,
  // Routers are now fitted anew to each file.
  `
DROP TABLE calibrations;
`,
];
