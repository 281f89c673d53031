// The database file: damaged pages, foreign or newer files, rows that no Winnow wrote. It opens or is refused with the
// reason; what it holds is read or refused, one thing at a time.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { errorToData, WinnowError } from '../../../../electron/contract/errors.ts';
import { openStore, type Store } from '../../../../electron/engine/store/database.ts';
import { listDemos, summariseDemos, listDemoIds } from '../../../../electron/engine/store/demos.ts';
import { listDomains, ensureDomain } from '../../../../electron/engine/store/domains.ts';
import { listExports, markInterruptedExports } from '../../../../electron/engine/store/exports.ts';
import { getHeldOutText, listHeldOutTexts } from '../../../../electron/engine/store/held-out-texts.ts';
import { listLibraryFolders, listLibraryModels } from '../../../../electron/engine/store/library-models.ts';
import { listMeasurements } from '../../../../electron/engine/store/measurements.ts';
import { listModels } from '../../../../electron/engine/store/models.ts';
import { listSelections } from '../../../../electron/engine/store/selections.ts';
import { listRunDemoStates, listScoreRuns, markInterruptedRuns } from '../../../../electron/engine/store/score-runs.ts';
import { loadDemoScores } from '../../../../electron/engine/store/demo-scores.ts';
import { getSetting } from '../../../../electron/engine/store/settings.ts';
import { z } from 'zod';
import type { Random } from '../../random.ts';
import type { OpenTarget, Verdict } from '../../target.ts';
import { unclear } from '../unclear.ts';
import { fillHome } from './a-home.ts';

const FILE = 'winnow.db';
const PAGE_BYTES = 4096;
const HEADER_BYTES = 100;

/** The bytes of a database with something of everything, in one file. */
function makeDatabase(folder: string): Buffer {
  const home = join(folder, 'source');
  const store = openStore(home);
  fillHome(store);
  store.close();
  const db = new Database(join(home, FILE));
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.pragma('journal_mode = DELETE');
  // the same bytes whichever process makes it
  db.exec(
    "UPDATE score_runs SET owner_pid = 1, owner_start = ''; UPDATE exports SET owner_pid = 1, owner_start = ''; VACUUM",
  );
  db.close();
  return readFileSync(join(home, FILE));
}

function damaged(bytes: Buffer, random: Random): { bytes: Buffer; how: string } {
  const copy = Buffer.from(bytes);
  const pages = Math.floor(copy.length / PAGE_BYTES);
  switch (random.below(8)) {
    case 0: {
      copy[random.below(HEADER_BYTES)] = random.below(256);
      return { bytes: copy, how: 'header byte' };
    }
    case 1: {
      // application_id and user_version
      copy.writeUInt32BE(Number(BigInt.asUintN(32, random.edge())), random.pick([60, 68]));
      return { bytes: copy, how: 'identity' };
    }
    case 2: {
      const page = random.below(pages);
      copy.fill(random.below(256), page * PAGE_BYTES + random.below(200), (page + 1) * PAGE_BYTES);
      return { bytes: copy, how: 'page' };
    }
    case 3: {
      // a b-tree's own header: kind, counts, first cell
      const at = random.below(pages) * PAGE_BYTES;
      copy[at + (at === 0 ? HEADER_BYTES : 0) + random.below(16)] = random.below(256);
      return { bytes: copy, how: 'tree' };
    }
    case 4:
      return { bytes: copy.subarray(0, random.below(copy.length)), how: 'cut' };
    case 5: {
      const [from, to] = [random.below(pages), random.below(pages)];
      copy.copyWithin(to * PAGE_BYTES, from * PAGE_BYTES, (from + 1) * PAGE_BYTES);
      return { bytes: copy, how: 'page twice' };
    }
    default: {
      for (let left = random.between(1, 8); left > 0; left--) {
        const at = random.below(copy.length);
        copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
      }
      return { bytes: copy, how: 'bits' };
    }
  }
}

const GARBAGE: readonly ((random: Random) => string | number | bigint | Buffer | null)[] = [
  () => null,
  () => '',
  () => 'text',
  () => '{',
  () => '{}',
  () => '[]',
  () => '[[0,1],[0]]',
  () => '[null]',
  () => '{"ok":true}',
  () => '['.repeat(2000) + ']'.repeat(2000),
  () => '\0',
  () => -1,
  () => 1.5,
  () => 2 ** 53,
  (random) => BigInt.asIntN(64, random.edge()),
  () => Infinity,
  (random) => random.bytes(random.pick([0, 1, 16, 64])),
];

/** Opens the file past its own rules. */
function changed(path: string, change: (db: Database.Database, table: string) => string, random: Random): string {
  const db = new Database(path);
  try {
    db.pragma('foreign_keys = OFF');
    db.pragma('ignore_check_constraints = ON');
    const tables = db
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .pluck()
      .all();
    return change(db, random.pick(tables));
  } finally {
    db.close();
  }
}

/** Sets a value somewhere to something else. */
function garbageRow(path: string, random: Random): string {
  const change = (db: Database.Database, table: string): string => {
    const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
    const column = random.pick(columns);
    try {
      db.prepare(`UPDATE "${table}" SET "${column}" = ?`).run(random.pick(GARBAGE)(random));
    } catch {
      // the schema does not let it in
    }
    return `${table}.${column}`;
  };
  return changed(path, change, random);
}

/** Changes what the file is made of. */
function otherSchema(path: string, random: Random): string {
  const change = (db: Database.Database, table: string): string => {
    const statement = random.pick([
      `DROP TABLE "${table}"`,
      `ALTER TABLE "${table}" RENAME TO other`,
      `CREATE TRIGGER strange AFTER INSERT ON "${table}" BEGIN DELETE FROM "${table}"; END`,
    ]);
    db.exec(statement);
    return statement;
  };
  return changed(path, change, random);
}

const READS: readonly ((store: Store) => unknown)[] = [
  (store) => markInterruptedRuns(store),
  (store) => listScoreRuns(store).map(({ id }) => [listRunDemoStates(store, id), loadDemoScores(store, id)]),
  (store) => markInterruptedExports(store),
  (store) => listExports(store),
  (store) => listModels(store),
  (store) => listSelections(store),
  (store) => listDomains(store).map(({ id }) => [listDemos(store, id), summariseDemos(store, listDemoIds(store, id))]),
  (store) => listHeldOutTexts(store).map(({ id }) => getHeldOutText(store, id)),
  (store) => listMeasurements(store, 'evaluations'),
  (store) => listMeasurements(store, 'generation_checks'),
  (store) => [listLibraryFolders(store), listLibraryModels(store)],
  (store) => getSetting(store, 'theme', z.string()),
  (store) => ensureDomain(store, 'written'),
  (store) => store.integrityFindings(),
];

/** @returns "read", a code, or what is wrong */
function tryRead(store: Store, read: (store: Store) => unknown): string {
  try {
    read(store);
    return 'read';
  } catch (error) {
    const { code, message } = errorToData(error);
    return error instanceof WinnowError && code !== 'INTERNAL' ? code : `no WinnowError: ${message.slice(0, 300)}`;
  }
}

function judge(home: string, how: string): Pick<Verdict, 'end' | 'finding'> {
  let store: Store;
  try {
    store = openStore(home);
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    // nothing else is wrong with this home than what stands in the file
    const isDamage = error.code === 'STORE';
    const finding = isDamage ? unclear(error, join(home, FILE)) : `told as ${error.code}: ${error.message}`;
    return { end: error.code, finding };
  }
  try {
    const ends = READS.map((read) => tryRead(store, read));
    const untyped = ends.find((end) => end.includes(' '));
    return { end: ends.find((end) => end !== 'read') ?? 'read', finding: untyped ? `${untyped} [${how}]` : null };
  } finally {
    store.close();
  }
}

export function openDatabase(folder: string): OpenTarget {
  const home = join(folder, 'home');
  const path = join(home, FILE);
  const sound = makeDatabase(folder);
  return {
    tryInput: (random) => {
      rmSync(home, { recursive: true, force: true });
      mkdirSync(home);
      const { bytes, how } = random.once(2) ? { bytes: sound, how: '' } : damaged(sound, random);
      writeFileSync(path, bytes);
      const change = how !== '' ? how : random.once(8) ? otherSchema(path, random) : garbageRow(path, random);
      return Promise.resolve({ kind: 'database', ...judge(home, change) });
    },
    close: () => Promise.resolve(null),
  };
}
