// Files under the names that results are written to.
import assert from 'node:assert/strict';
import { copyFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileHash } from '../../../hash.ts';
import type { Attack } from '../attack.ts';
import { expectRefused } from '../expect.ts';
import type { Ground } from '../ground.ts';
import { withMask, type Masked } from './with-mask.ts';

const KINDS = ['scores', 'mask', 'reportPage', 'reportData', 'imatrix', 'ranking', 'recipe', 'picture'].map(
  (kind) => `result:${kind}`,
);

const COMPARED = ['--keep', '0.5', '--types', 'Q4_0', '--allow-requantize', '--gpu', 'off'];

/** Each command that writes a result, up to the name of its target. */
function writingCommands({ model, demos, text }: Ground, { scores, mask, selection }: Masked): string[][] {
  const few = ['--demos', demos('math'), '--limit', '2', '--gpu', 'off'];
  return [
    ['score', model, ...few, '--out'],
    ['score', model, ...few, '--imatrix'],
    ['select', '--scores', scores, '--keep', '0.5', '--mask-out'],
    ['report', '--selection', selection, '-o'],
    ['report', '--selection', selection, '--json-out'],
    ['ranking', '--scores', scores, '-o'],
    ['recipe', '--selection', selection, '-o'],
    ['prune', model, '--mask', mask, '-o'],
    ['quantize', model, '--type', 'Q4_0', '--allow-requantize', '-o'],
    ['respond', model, '--demos', demos('math'), '--gpu', 'off', '--out'],
    ['fit', model, ...few, '--budget', '1GB', '--allow-requantize', '--picture'],
    ['compare', model, '--demos', `math=${demos('math')}`, '--text', `math=${text('math')}`, ...COMPARED, '--picture'],
    ['calibrate', model, '--mask', mask, '--demos', demos('math'), '--gpu', 'off', '-o'],
  ];
}

export const RESULTS: readonly Attack[] = [
  {
    surfaces: [
      ...[
        'score',
        'select',
        'report',
        'ranking',
        'recipe',
        'prune',
        'quantize',
        'respond',
        'calibrate',
        'fit',
        'compare',
      ].map((name) => `command:${name}`),
      ...KINDS,
    ],
    name: 'results over somebody else’s file',
    promise: 'a file that no such command wrote stays as it is, and the error names it',
    quick: true,
    async run(ground) {
      const masked = await withMask(ground);
      const foreign = join(ground.folder, 'thesis.gguf');
      copyFileSync(ground.model, foreign);
      const before = fileHash(foreign);
      for (const command of writingCommands(ground, masked)) {
        expectRefused(await ground.winnow([...command, foreign, '--json']), ['TARGET_EXISTS'], foreign);
        assert.equal(fileHash(foreign), before, command.join(' '));
      }
    },
  },
  {
    surfaces: [...KINDS, 'file:database'],
    name: 'results into Winnow’s own data by a link',
    promise: 'the database stays as it is even by force, whatever link leads to it',
    quick: true,
    async run(ground) {
      const masked = await withMask(ground);
      const link = join(ground.folder, 'out.json');
      symlinkSync(join(ground.home, 'winnow.db'), link);
      for (const command of writingCommands(ground, masked)) {
        expectRefused(
          await ground.winnow([...command, link, '--force', '--json']),
          ['TARGET_UNWRITABLE', 'TARGET_EXISTS'],
          ground.folder,
        );
      }
      const stored = JSON.parse((await ground.winnow(['selections', '--json'])).stdout) as unknown[];
      assert.equal(stored.length, 1);
    },
  },
];
