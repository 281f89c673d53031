// Databases that are none, and those that are changed under Winnow's hands.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { fileHash } from '../../../hash.ts';
import type { Attack } from '../attack.ts';
import { expectDone, expectRefused } from '../expect.ts';

function withDatabase(file: string, change: (db: Database.Database) => unknown): void {
  const db = new Database(file);
  change(db);
  db.close();
}

export const DATABASES: readonly Attack[] = [
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
      expectRefused(await winnow(['select', '--json']), ['TARGET_UNWRITABLE', 'STORE'], join(home, 'winnow.db'));
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
        winnow(['select', '--scores', scores, '--keep', String(keep), '-o', join(folder, `${keep}.json`)]),
      );
      for (const ended of await Promise.all(all)) expectDone(ended);
      const stored = JSON.parse((await winnow(['select', '--json'])).stdout) as { keep: number }[];
      assert.deepEqual(
        stored.map(({ keep }) => keep).sort((a, b) => a - b),
        keeps,
      );
      withDatabase(join(home, 'winnow.db'), (db) => assert.equal(db.pragma('integrity_check', { simple: true }), 'ok'));
    },
  },
];
