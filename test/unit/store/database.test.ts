import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openStore } from '../../../electron/engine/store/database.ts';
import { getHeldOutText } from '../../../electron/engine/store/domains.ts';
import { getSetting, setSetting } from '../../../electron/engine/store/settings.ts';
import { asOrdinaryUser } from '../ordinary-user.ts';
import { startScript, temporaryHome, thrownBy } from './support.ts';

const fileIn = (home: string): string => path.join(home, 'winnow.db');
const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

test.skipIf(process.platform === 'win32')('what holds demos is nobody else’s to read, whoever made it', () => {
  const mode = (file: string): number => statSync(file).mode & 0o777;
  const home = path.join(temporaryHome(), 'made-before');
  mkdirSync(home);
  chmodSync(home, 0o755);
  openStore(home).close();
  expect(mode(home)).toBe(0o700);
  expect(mode(fileIn(home))).toBe(0o600);
  // a copy that was brought here by other means
  chmodSync(home, 0o777);
  chmodSync(fileIn(home), 0o664);
  const store = openStore(home);
  setSetting(store, 'note', 'x');
  const files = readdirSync(home).filter((name) => name.startsWith('winnow.db'));
  expect(files).toContain('winnow.db-wal');
  expect([home, ...files.map((name) => path.join(home, name))].map(mode)).toEqual([0o700, ...files.map(() => 0o600)]);
});

test.skipIf(process.platform === 'win32').each([
  ['deleted', (home: string) => rmSync(home, { recursive: true })],
  [
    'unmounted, an empty folder in its place',
    (home: string) => {
      renameSync(home, `${home}-elsewhere`);
      mkdirSync(home);
    },
  ],
  [
    'exchanged for another Winnow’s',
    (home: string) => {
      renameSync(home, `${home}-elsewhere`);
      openStore(home).close();
    },
  ],
])('a data folder that was %s takes nothing any more, and says so', (_, vanish) => {
  const home = path.join(temporaryHome(), 'vanishing');
  const store = openStore(home);
  setSetting(store, 'note', 'kept');
  vanish(home);
  const gone = {
    code: 'STORE',
    message: expect.stringMatching(/^(The data folder .*winnow|.*winnow.* was replaced by another database)/) as string,
  };
  expect(thrownBy(() => setSetting(store, 'note', 'lost'))).toMatchObject(gone);
  expect(thrownBy(() => store.transaction(() => 'done'))).toMatchObject(gone);
});

test.skipIf(process.platform === 'win32')(
  'a database is neither lost nor spoilt by one that is put in its place',
  () => {
    const [home, elsewhere] = [temporaryHome(), temporaryHome()];
    const other = openStore(elsewhere);
    setSetting(other, 'note', 'of the other');
    other.close();
    const store = openStore(home);
    setSetting(store, 'note', 'of the first');
    const moved = `${fileIn(home)}.moved`;
    renameSync(fileIn(home), moved);
    renameSync(fileIn(elsewhere), fileIn(home));
    // SQLite's log is beside it still
    expect(statSync(`${fileIn(home)}-wal`).size).toBeGreaterThan(0);
    expect(thrownBy(() => store.requireThere())).toMatchObject({ code: 'STORE' });
    expect(thrownBy(() => getSetting(store, 'note', z.string()))).toMatchObject({ code: 'STORE' });
    const next = openStore(home);
    expect(getSetting(next, 'note', z.string())).toBe('of the other');
    expect(next.integrityFindings()).toEqual([]);
    next.close();
    store.close();
    const first = new Database(moved, { readonly: true });
    expect(JSON.stringify(first.prepare('SELECT * FROM settings').all())).toContain('of the first');
    first.close();
  },
);

test('a first start makes folder and file, with every table STRICT', () => {
  const home = path.join(temporaryHome(), 'a', 'b');
  const store = openStore(home);
  expect(store.path).toBe(fileIn(home));
  if (process.platform !== 'win32') expect(statSync(home).mode & 0o777).toBe(0o700);
  expect(store.column(z.unknown(), 'PRAGMA user_version')).toEqual([1]);
  expect(store.column(z.unknown(), 'PRAGMA journal_mode')).toEqual(['wal']);
  expect(store.column(z.unknown(), 'PRAGMA synchronous')).toEqual([2]);
  expect(store.column(z.unknown(), 'PRAGMA foreign_keys')).toEqual([1]);
  const tables = store.all(
    z.object({ name: z.string(), strict: z.number() }),
    `SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'
     ORDER BY name`,
  );
  expect(tables.map(({ name }) => name)).toEqual([
    'chats',
    'claims',
    'demo_scores',
    'demos',
    'domains',
    'evaluations',
    'exports',
    'generation_checks',
    'held_out_texts',
    'jobs',
    'known_files',
    'library_folders',
    'library_models',
    'models',
    'run_demos',
    'run_importance',
    'score_runs',
    'selections',
    'settings',
  ]);
  expect(tables.filter(({ strict }) => strict !== 1)).toEqual([]);
  expect(store.integrityFindings()).toEqual([]);
  store.close();
});

test('opening again changes nothing', () => {
  const home = temporaryHome();
  openStore(home).close();
  const before = sha256(fileIn(home));
  openStore(home).close();
  expect(sha256(fileIn(home))).toBe(before);
  expect(readdirSync(home)).toEqual(['winnow.db']);
});

test('a database of a newer Winnow is refused and not touched', () => {
  const home = temporaryHome();
  openStore(home).close();
  const newer = new Database(fileIn(home));
  newer.exec('CREATE TABLE later (x INTEGER) STRICT; PRAGMA user_version = 2; PRAGMA journal_mode = DELETE;');
  newer.close();
  const before = sha256(fileIn(home));
  const error = thrownBy(() => openStore(home));
  expect(error.code).toBe('STORE');
  expect(error.message).toContain(fileIn(home));
  expect(error.message).toMatch(/newer Winnow .*version 2.* knows 1.*Nothing was changed/);
  expect(sha256(fileIn(home))).toBe(before);
  expect(readdirSync(home)).toEqual(['winnow.db']);
});

test.each([0, 1])('an SQLite file of another program (user_version %i) is refused and not touched', (version) => {
  const home = temporaryHome();
  const other = new Database(fileIn(home));
  other.exec(`CREATE TABLE recipes (x); PRAGMA user_version = ${version};`);
  other.close();
  const before = sha256(fileIn(home));
  const error = thrownBy(() => openStore(home));
  expect(error.code).toBe('STORE');
  expect(error.message).toContain('another program');
  expect(sha256(fileIn(home))).toBe(before);
});

test('a file that is no database is refused with its name and a remedy, and not touched', () => {
  const home = temporaryHome();
  writeFileSync(fileIn(home), 'Once upon a time. '.repeat(500));
  const before = sha256(fileIn(home));
  const error = thrownBy(() => openStore(home));
  expect(error.code).toBe('STORE');
  expect(error.message).toContain(fileIn(home));
  expect(error.message).toMatch(/damaged .* move this file .* makes a new, empty database/);
  expect(sha256(fileIn(home))).toBe(before);
});

test('a truncated database is refused', () => {
  const home = temporaryHome();
  openStore(home).close();
  truncateSync(fileIn(home), 8192);
  expect(thrownBy(() => openStore(home)).code).toBe('STORE');
});

test('a damaged page is reported when it is read', () => {
  const home = temporaryHome();
  const store = openStore(home);
  for (let i = 0; i < 200; i++) setSetting(store, `key ${i}`, 'x'.repeat(500));
  store.close();
  const bytes = readFileSync(fileIn(home));
  const row = bytes.lastIndexOf('key 199');
  const page = Math.floor(row / 4096) * 4096;
  bytes.fill(0xff, page, page + 4096);
  writeFileSync(fileIn(home), bytes);
  const again = openStore(home);
  expect(thrownBy(() => again.all(z.unknown(), 'SELECT * FROM settings')).code).toBe('STORE');
  expect(again.integrityFindings()).not.toEqual([]);
  again.close();
});

test.each([
  ['a table gone', 'DROP TABLE demo_scores', 'it lacks table demo_scores'],
  ['a table renamed', 'ALTER TABLE evaluations RENAME TO other', 'it lacks table evaluations'],
  ['a column renamed', 'ALTER TABLE selections RENAME COLUMN kept TO lost', 'table selections has other columns'],
  ['an index gone', 'DROP INDEX score_runs_by_settings', 'it lacks index score_runs_by_settings'],
  ['a trigger', 'CREATE TRIGGER late AFTER INSERT ON models BEGIN DELETE FROM demos; END', 'it has trigger late'],
])('a database with %s is refused, and its file named', (_, change, difference) => {
  const home = temporaryHome();
  openStore(home).close();
  const db = new Database(fileIn(home));
  db.pragma('foreign_keys = OFF');
  db.exec(change);
  db.close();
  const error = thrownBy(() => openStore(home));
  expect(error.code).toBe('STORE');
  for (const part of [fileIn(home), 'damaged', difference, 'backup']) expect(error.message).toContain(part);
});

test('JSON that is damaged in a row is told as the database’s fault', () => {
  const home = temporaryHome();
  const store = openStore(home);
  store.run(`INSERT INTO domains (id, name) VALUES (1, 'math')`);
  const row = `INSERT INTO held_out_texts (domain_id, name, hash, content, documents) VALUES (1, 'n', 'h', '{"text":', 1)`;
  store.run(row);
  for (const read of [() => getHeldOutText(store, 1), () => store.get(z.unknown(), `SELECT json('{') AS broken`)]) {
    const error = thrownBy(read);
    expect(error.code).toBe('STORE');
    expect(error.message).toContain(fileIn(home));
  }
  store.close();
});

test('a database whose header forbids writing is damaged, not a file without permission', () => {
  const home = temporaryHome();
  openStore(home).close();
  const bytes = readFileSync(fileIn(home));
  // the version that a program must know to write it; there are two
  bytes[18] = 3;
  writeFileSync(fileIn(home), bytes);
  const store = openStore(home);
  const error = thrownBy(() => setSetting(store, 'theme', 'dark'));
  store.close();
  expect(error.code).toBe('STORE');
  for (const part of [fileIn(home), 'damaged', 'backup']) expect(error.message).toContain(part);
});

test('a data folder that cannot be made is named', () => {
  const home = temporaryHome();
  writeFileSync(path.join(home, 'file'), '');
  const error = thrownBy(() => openStore(path.join(home, 'file', 'winnow')));
  expect(error.code).toBe('TARGET_UNWRITABLE');
  expect(error.message).toContain(path.join(home, 'file', 'winnow'));
});

test('a database file that cannot be opened is named', () => {
  const home = temporaryHome();
  mkdirSync(fileIn(home));
  expect(thrownBy(() => openStore(home)).code).toBe('TARGET_UNWRITABLE');
});

test.skipIf(process.platform === 'win32')(
  'a read-only file or folder is told at once, not at the first write',
  async () => {
    const home = temporaryHome();
    const refused = () => asOrdinaryUser(() => Promise.resolve(thrownBy(() => openStore(home))));
    openStore(home).close();
    chmodSync(home, 0o755);
    chmodSync(fileIn(home), 0o444);
    expect((await refused()).code).toBe('TARGET_UNWRITABLE');
    chmodSync(fileIn(home), 0o666);
    chmodSync(home, 0o555);
    expect((await refused()).code).toBe('TARGET_UNWRITABLE');
    chmodSync(home, 0o755);
    openStore(home).close();
  },
);

test('a row that this Winnow does not write is refused, not passed on', () => {
  const store = openStore(temporaryHome());
  setSetting(store, 'theme', { dark: 'yes' });
  const error = thrownBy(() => getSetting(store, 'theme', z.object({ dark: z.boolean() })));
  expect(error.code).toBe('STORE');
  expect(error.message).toMatch(/dark/);
  expect(getSetting(store, 'nothing', z.string())).toBeUndefined();
  store.close();
});

test('an exception rolls a transaction back, an inner one only its own part', () => {
  const store = openStore(temporaryHome());
  const keys = (): string[] =>
    store.all(z.object({ key: z.string() }), 'SELECT key FROM settings ORDER BY key').map(({ key }) => key);
  expect(() =>
    store.transaction(() => {
      setSetting(store, 'a', 1);
      throw new RangeError('no');
    }),
  ).toThrow(RangeError);
  expect(keys()).toEqual([]);
  store.transaction(() => {
    setSetting(store, 'b', 1);
    expect(() =>
      store.transaction(() => {
        setSetting(store, 'c', 1);
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
  });
  expect(keys()).toEqual(['b']);
  store.close();
});

test('a statement that returns what it wrote fails when that cannot be committed', () => {
  const store = openStore(temporaryHome());
  store.run('CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT');
  store.run(
    `CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)`,
  );
  const row = z.object({ id: z.int() });
  expect(() => store.get(row, 'INSERT INTO children (parent) VALUES (7) RETURNING id')).toThrow(/FOREIGN KEY/);
  expect(store.all(row, 'SELECT id FROM children')).toEqual([]);
  store.close();
});

test('two connections see each other’s committed rows', () => {
  const home = temporaryHome();
  const one = openStore(home);
  const two = openStore(home);
  setSetting(one, 'k', 1);
  expect(getSetting(two, 'k', z.number())).toBe(1);
  setSetting(two, 'k', 2);
  expect(getSetting(one, 'k', z.number())).toBe(2);
  one.close();
  expect(getSetting(two, 'k', z.number())).toBe(2);
  two.close();
});

test('a second process waits for the lock of the first', async () => {
  const home = temporaryHome();
  const holder = startScript(new URL('scripts/hold-lock.ts', import.meta.url), home, '700');
  expect(await holder.line()).toBe('locked');
  const store = openStore(home);
  setSetting(store, 'second', 2);
  // Committed by the other process before it let go of the lock.
  expect(getSetting(store, 'first', z.number())).toBe(1);
  store.close();
  expect(await holder.ended).toBe(0);
});

test('a lock that is not released in time is told as such', async () => {
  const home = temporaryHome();
  const holder = startScript(new URL('scripts/hold-lock.ts', import.meta.url), home, '60000');
  expect(await holder.line()).toBe('locked');
  const store = openStore(home, { busyTimeoutMs: 50 });
  const error = thrownBy(() => setSetting(store, 'second', 2));
  expect(error.code).toBe('STORE');
  expect(error.message).toMatch(/locked by another process/);
  store.close();
});

test('six processes may start for the first time at once', { timeout: 180_000 }, async () => {
  const home = temporaryHome();
  const scripts = Array.from({ length: 6 }, () => startScript(new URL('scripts/open-store.ts', import.meta.url), home));
  for (const script of scripts) expect(await script.line()).toBe('ready');
  for (const script of scripts) script.process.stdin?.write('go\n');
  for (const script of scripts) expect(await script.line()).toBe('opened');
  const store = openStore(home);
  expect(store.all(z.unknown(), 'SELECT key FROM settings')).toHaveLength(6);
  expect(store.column(z.unknown(), 'PRAGMA user_version')).toEqual([1]);
  store.close();
});
