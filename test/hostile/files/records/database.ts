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
import { listRunDemos, listScoreRuns, markInterruptedRuns } from '../../../../electron/engine/store/score-runs.ts';
import { loadDemoScores, scoredPositions } from '../../../../electron/engine/store/demo-scores.ts';
import { getSetting } from '../../../../electron/engine/store/settings.ts';
import { z } from 'zod';
import type { Random } from '../../random.ts';
import type { OpenTarget, Verdict } from '../../target.ts';
import { mutateBytes } from '../mutate.ts';
import { unclear } from '../try-file.ts';
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

const DAMAGES: readonly ((copy: Buffer, pages: number, random: Random) => Buffer)[] = [
  function headerByte(copy, _pages, random) {
    copy[random.below(HEADER_BYTES)] = random.below(256);
    return copy;
  },
  function identity(copy, _pages, random) {
    // application_id and user_version
    copy.writeUInt32BE(Number(BigInt.asUintN(32, random.edge())), random.pick([60, 68]));
    return copy;
  },
  function page(copy, pages, random) {
    const at = random.below(pages) * PAGE_BYTES;
    copy.fill(random.below(256), at + random.below(200), at + PAGE_BYTES);
    return copy;
  },
  function tree(copy, pages, random) {
    // a b-tree's own header: kind, counts, first cell
    const at = random.below(pages) * PAGE_BYTES;
    copy[at + (at === 0 ? HEADER_BYTES : 0) + random.below(16)] = random.below(256);
    return copy;
  },
  function pageTwice(copy, pages, random) {
    const from = random.below(pages) * PAGE_BYTES;
    copy.copyWithin(random.below(pages) * PAGE_BYTES, from, from + PAGE_BYTES);
    return copy;
  },
  function bytes(copy, _pages, random) {
    return mutateBytes(copy, random);
  },
];

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

/** Opens the file past its own rules and changes what it is made of, or sets a value somewhere to something else. */
function changed(path: string, random: Random): string {
  const db = new Database(path);
  db.pragma('foreign_keys = OFF');
  db.pragma('ignore_check_constraints = ON');
  const all = (sql: string, ...args: string[]): string[] =>
    db
      .prepare<string[], string>(sql)
      .pluck()
      .all(...args);
  const table = random.pick(all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"));
  const column = random.pick(all('SELECT name FROM pragma_table_info(?)', table));
  const statement = random.once(8)
    ? random.pick([
        `DROP TABLE "${table}"`,
        `ALTER TABLE "${table}" RENAME TO other`,
        `CREATE TRIGGER strange AFTER INSERT ON "${table}" BEGIN DELETE FROM "${table}"; END`,
      ])
    : `UPDATE "${table}" SET "${column}" = ?`;
  try {
    db.prepare(statement).run(...(statement.endsWith('?') ? [random.pick(GARBAGE)(random)] : []));
  } catch {
    // the schema does not let it in
  }
  db.close();
  return statement;
}

const READS: readonly ((store: Store) => unknown)[] = [
  (store) => markInterruptedRuns(store),
  (store) =>
    listScoreRuns(store).map(({ id }) => [
      listRunDemos(store, id),
      scoredPositions(store, id).map((position) => loadDemoScores(store, id, position)),
    ]),
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
      const isChanged = random.once(2);
      const damage = random.pick(DAMAGES);
      writeFileSync(path, isChanged ? sound : damage(Buffer.from(sound), sound.length / PAGE_BYTES, random));
      return Promise.resolve({ kind: 'database', ...judge(home, isChanged ? changed(path, random) : damage.name) });
    },
  };
}
