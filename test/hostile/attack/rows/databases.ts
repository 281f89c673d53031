// Databases that are none, and those that are changed under Winnow's hands.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { fileHash } from '../../../hash.ts';
import type { Attack } from '../attack.ts';
import { expectDone, expectRefused } from '../expect.ts';

/** Each spoils a sound database in its own way. */
const SPOILED: Readonly<Record<string, (file: string) => void>> = {
  'text in its place': (file) => writeFileSync(file, 'My diary.\n'.repeat(1000)),
  'half of it': (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2)),
  'of a version to come': (file) => withDatabase(file, (db) => db.pragma('user_version = 9999')),
  'of another program': (file) => {
    writeFileSync(file, '');
    withDatabase(file, (db) => db.exec('CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT)'));
  },
  'with a table less': (file) =>
    withDatabase(file, (db) => {
      db.pragma('foreign_keys = OFF');
      db.exec('DROP TABLE demos');
    }),
};

function withDatabase(file: string, change: (db: Database.Database) => unknown): void {
  const db = new Database(file);
  change(db);
  db.close();
}

export const DATABASES: readonly Attack[] = [
  {
    surfaces: ['file:database', 'command:runs', 'command:selections', 'command:report'],
    name: 'a database that is none',
    promise: 'each command that reads it names it and what to do, and leaves it as it is',
    quick: true,
    async run({ home, folder, winnow }) {
      expectDone(await winnow(['runs']));
      const file = join(home, 'winnow.db');
      const sound = readFileSync(file);
      for (const [what, spoil] of Object.entries(SPOILED)) {
        writeFileSync(file, sound);
        spoil(file);
        const before = fileHash(file);
        for (const command of [['runs'], ['report', '-o', join(folder, 'report.html')]]) {
          const ended = await winnow([...command, '--json']);
          expectRefused(ended, ['STORE'], file);
          assert.equal(fileHash(file), before, `${what}: changed by ${command.join(' ')}`);
        }
      }
    },
  },
  {
    surfaces: ['file:database', 'command:score', 'command:runs'],
    name: 'another database in the place of the one in use',
    promise: 'nothing is called stored that is not, the other one stays as it is, and is used from then on',
    quick: false,
    async run({ home, folder, model, demos, winnow }) {
      const elsewhere = { env: { WINNOW_HOME: folder } };
      expectDone(await winnow(['runs'], elsewhere));
      const few = ['--demos', demos('math'), '--limit', '2', '--gpu', 'off'];
      expectDone(await winnow(['score', model, ...few], elsewhere));
      const [other, own] = [join(folder, 'winnow.db'), join(home, 'winnow.db')];
      const before = fileHash(other);
      let swapped = false;
      const ended = await winnow(['score', model, '--demos', demos('python'), '--gpu', 'off', '--json'], {
        onStderr: (stderr) => {
          if (swapped || !stderr.includes('scoring')) return;
          swapped = true;
          renameSync(other, own);
        },
      });
      expectRefused(ended, ['STORE'], home);
      assert.equal(fileHash(own), before);
      const { stdout } = await winnow(['runs', '--json']);
      assert.deepEqual(
        (JSON.parse(stdout) as { domain: string }[]).map(({ domain }) => domain),
        ['math'],
      );
      withDatabase(own, (db) => assert.equal(db.pragma('integrity_check', { simple: true }), 'ok'));
    },
  },
  {
    surfaces: ['file:database'],
    name: 'a folder where the database should be',
    promise: 'it is named, and nothing in it is touched',
    quick: true,
    async run({ home, winnow }) {
      mkdirSync(join(home, 'winnow.db'), { recursive: true });
      copyFileSync(import.meta.filename, join(home, 'winnow.db', 'kept'));
      expectRefused(await winnow(['selections', '--json']), ['TARGET_UNWRITABLE', 'STORE'], join(home, 'winnow.db'));
      assert.equal(fileHash(join(home, 'winnow.db', 'kept')), fileHash(import.meta.filename));
    },
  },
  {
    surfaces: ['file:database', 'command:runs', 'command:select', 'command:report'],
    name: 'six commands at once on a data folder that is not there',
    promise: 'one database is made, and what each stores is in it',
    quick: true,
    async run({ folder, home, model, demos, winnow }) {
      for (const ended of await Promise.all(Array.from({ length: 6 }, () => winnow(['runs'])))) expectDone(ended);
      const scores = join(folder, 'scores.json');
      const few = ['--demos', demos('math'), '--limit', '2', '--gpu', 'off'];
      expectDone(await winnow(['score', model, ...few, '--out', scores]));
      const keeps = [4, 8, 12, 16, 20, 24];
      const all = keeps.map((keep) =>
        winnow(['select', '--scores', scores, '--keep', String(keep), '--mask-out', join(folder, `${keep}.json`)]),
      );
      for (const ended of await Promise.all(all)) expectDone(ended);
      const stored = JSON.parse((await winnow(['selections', '--json'])).stdout) as { keep: number }[];
      assert.deepEqual(
        stored.map(({ keep }) => keep).sort((a, b) => a - b),
        keeps,
      );
      withDatabase(join(home, 'winnow.db'), (db) => assert.equal(db.pragma('integrity_check', { simple: true }), 'ok'));
    },
  },
];
