// Files under the names that results are written to, and others that write the same.
import { choiceDocument, choiceText } from '../../../../electron/engine/experts/selection/choice-file.ts';
import { selectionSettingsSchema } from '../../../../electron/engine/experts/selection/selection.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileHash } from '../../../hash.ts';
import { onWindows, type Attack } from '../ground.ts';
import { choose, expectDone, expectRefused, scoring, writing } from '../commands.ts';
import { configOf, randomOnce, tensorsOf, writeCheckpointFolder } from '../../../unit/checkpoints/tiny-checkpoint.ts';
import { words } from '../../../words.ts';

/** What may lie under a name that a program could have chosen for an unfinished file. */
const OBSTACLES: readonly ((path: string, diary: string) => void)[] = [
  (path) => writeFileSync(path, 'a download'),
  (path, diary) => symlinkSync(diary, path),
  (path) => void spawnSync('mkfifo', [path]),
  (path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'thesis'), 'mine');
  },
];

/** Everything below a folder, with what files hold and where links lead. */
function contentsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      if (entry.isSymbolicLink()) return `${path} -> ${readlinkSync(path)}`;
      return entry.isFile() ? `${path} ${fileHash(path)}` : `${path} (${entry.isFIFO() ? 'pipe' : 'folder'})`;
    })
    .toSorted();
}

export const RESULTS: readonly Attack[] = [
  {
    name: 'results over somebody else’s file',
    promise: 'a file that no such command wrote stays as it is, and the error names it',
    quick: true,
    async run(ground) {
      const { model, folder, winnow } = ground;
      const { scores, mask } = await choose(ground);
      const foreign = join(folder, 'thesis.gguf');
      copyFileSync(model, foreign);
      const before = fileHash(foreign);
      for (const command of [
        scoring(ground, '--out'),
        scoring(ground, '--imatrix'),
        ['select', '--scores', scores, '--keep', '0.5', '-o'],
        ['report', '--selection', '1', '-o'],
        ['report', '--as', 'choice', '--selection', '1', '-o'],
        ...writing(ground, mask),
        ['respond', ...scoring(ground, '--out').slice(1)],
      ]) {
        expectRefused(await winnow([...command, foreign, '--json']), ['TARGET_EXISTS'], foreign);
        assert.equal(fileHash(foreign), before, command.join(' '));
      }
    },
  },
  {
    name: 'somebody else’s file, link, pipe or folder named like an unfinished one',
    promise: 'the work is done beside it, and it stays as it is, with what it leads to',
    missing: onWindows,
    async run(ground) {
      const { mask } = await choose(ground);
      const place = join(ground.folder, 'place');
      mkdirSync(place);
      const diary = join(place, 'diary');
      writeFileSync(diary, 'mine');
      const bare = join(ground.folder, 'bare.json');
      const olmoe = { file: 'x.gguf', arch: 'olmoe', fingerprint: 'c'.repeat(64), moe_layers: [0, 1], n_expert: 8 };
      const kept = [0, 1].map(() => [0, 1, 2, 3]);
      const settings = selectionSettingsSchema.parse({});
      writeFileSync(bare, choiceText(choiceDocument(olmoe, { kept, criterion: null, settings })));
      const content = { config: configOf('olmoe', 'original'), tensors: tensorsOf('olmoe', 'original', randomOnce()) };
      const checkpoint = writeCheckpointFolder(join(ground.folder, 'checkpoint'), content);
      const [prune = [], quantize = []] = writing(ground, mask);
      const answer = words`respond ${ground.model} --demos ${ground.demos('math')} --limit 1 --replace-answers --max-tokens 8`;
      for (const [i, put] of OBSTACLES.entries()) {
        const at = (name: string): string => join(place, name);
        const output = at(`out-${i}.gguf`);
        put(at(`.out-${i}.gguf.part`), diary);
        const [published, cut, answers, models] = [
          `published-${i}`,
          `cut-${i}`,
          `answers-${i}.jsonl`,
          `models-${i}`,
        ].map(at);
        const copied = join(models!, 'winnow', `out-${i}`, `out-${i}.gguf`);
        mkdirSync(dirname(copied), { recursive: true });
        const work: readonly (readonly [result: string, command: readonly string[]])[] = [
          [output, [...(i === 1 ? quantize : prune), output]],
          [published!, ['publish', output, '--to', published!]],
          [copied, ['open', output, '--in', 'lm-studio', '--folder', models!]],
          [cut!, ['prune-checkpoint', checkpoint, '--choice', bare, '-o', cut!]],
          [answers!, [...answer, '--gpu', 'off', '--out', answers!]],
        ];
        for (const [result] of work) put(`${result}.part`, diary);
        const before = contentsOf(place);
        const done = i === 1 ? work.slice(0, 1) : work;
        for (const [, command] of done) expectDone(await ground.winnow(command));
        for (const [result] of done) rmSync(result, { recursive: true });
        assert.deepEqual(contentsOf(place), before);
      }
    },
  },
  {
    name: 'results into pipes, folders and sockets',
    promise: 'a clear error at once, also by force, and nothing is left',
    missing: onWindows,
    async run(ground) {
      const { mask } = await choose(ground);
      const place = join(ground.folder, 'place');
      mkdirSync(join(place, 'folder'), { recursive: true });
      spawnSync('mkfifo', [join(place, 'pipe')]);
      const server = createServer().listen(join(place, 'socket'));
      await once(server, 'listening');
      const before = contentsOf(place);
      for (const command of writing(ground, mask)) {
        for (const path of ['pipe', 'folder', 'socket'].map((name) => join(place, name))) {
          const ended = await ground.winnow([...command, path, '--force', '--json'], { timeoutMs: 20_000 });
          expectRefused(ended, ['TARGET_UNWRITABLE'], path);
        }
      }
      assert.deepEqual(contentsOf(place), before);
      server.close();
    },
  },
  {
    name: 'two identical repairs at once',
    promise: 'one works, the other is told which process that is; neither writes what the other has half done',
    async run(ground) {
      const { folder, model, demos, winnow } = ground;
      // which leaves something to fit
      const { mask } = await choose(ground, { limit: 12, keep: '0.25' });
      const repair = words`prune ${model} --choice ${mask} --repair ${demos('math')} --gpu off --json`;
      // fits within seconds; alone: many small graphs that wait for each other are slow on cores that others use
      const timeoutMs = 120_000;
      const outputs = ['one', 'other'].map((name) => join(folder, `${name}.gguf`));
      const ended = await Promise.all(outputs.map((output) => winnow([...repair, '-o', output], { timeoutMs })));
      const [refused, ...more] = ended.filter(({ code }) => code !== 0);
      assert.ok(refused !== undefined && more.length === 0, JSON.stringify(ended));
      assert.match(refused.stdout, /Process \d+ is already making this repair/);
    },
  },
];
