// Files that go on with what somebody has made, and were edited, damaged or mistaken for others: refused, or taken with a word.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedTensor } from '../../../../electron/engine/write/pruning/planned-file.ts';
import { App } from '../../kills/app.ts';
import { editTensor, seeGguf, tensorOf, writeVariant, type Variant } from '../../../integration/gguf-tools.ts';
import { CPU, THREADS } from '../../../integration/support.ts';
import type { Attack } from '../attack.ts';
import { expectDone, expectRefused } from '../expect.ts';
import type { Ground } from '../ground.ts';
import { whileListening } from '../listening.ts';
import { z } from 'zod';
import { withMask } from './with-mask.ts';

const ON_CPU = ['--gpu', 'off'];
/** Fits within seconds; alone: many small graphs that wait for each other are slow on cores that others use. */
const REPAIRING_MS = 120_000;
/** More than any machine of today has cores. */
const MANY_THREADS = ['--threads', '4096'];

type Tensors = readonly PlannedTensor[];

/** Writes over some numbers of a tensor. */
async function editFloats(path: string, name: string, change: (values: Float32Array) => void): Promise<void> {
  editTensor(path, tensorOf(await seeGguf(path), name), (bytes) =>
    change(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)),
  );
}

/** @returns a mask file of a quarter of the experts, which leaves something to fit */
async function quarterMask({ folder, model, demos, winnow }: Ground): Promise<string> {
  const [scores, mask] = [join(folder, 'scores.json'), join(folder, 'mask.json')];
  expectDone(await winnow(['score', model, '--demos', demos('math'), '--limit', '12', ...ON_CPU, '--out', scores]));
  expectDone(await winnow(['select', '--scores', scores, '--keep', '0.25', '--mask-out', mask]));
  return mask;
}

/** The sample's matrix, as scoring collects it. */
async function matrixOf({ folder, model, demos, winnow }: Ground): Promise<string> {
  const path = join(folder, 'own.imatrix.gguf');
  const scoring = ['score', model, '--demos', demos('math'), '--limit', '8', ...ON_CPU];
  expectDone(await winnow([...scoring, '--imatrix', path]));
  return path;
}

export const HANDED_IN: readonly Attack[] = [
  {
    surfaces: ['command:quantize', 'command:prune', 'command:fit', 'command:compare'],
    name: 'importance matrices that weigh by nonsense',
    promise:
      'sums that no text gives, counts of nothing and another model’s names are refused; a part of a matrix is said',
    quick: false,
    async run(ground) {
      const { model, folder, winnow, demos, text } = ground;
      const { mask } = await withMask(ground);
      const own = await matrixOf(ground);
      const [edited, target] = [join(folder, 'edited.imatrix.gguf'), join(folder, 'out.gguf')];
      const weight = 'blk.1.ffn_down_exps.weight';
      const quantised = ['--type', 'Q4_0', '--allow-requantize', '--imatrix', edited];
      const few = ['--demos', demos('math'), '--limit', '2', ...ON_CPU];
      const compared = [
        '--demos',
        `math=${demos('math')}`,
        '--text',
        `math=${text('math')}`,
        '--keep',
        '0.5',
        ...ON_CPU,
      ];
      const commands = [
        ['quantize', model, ...quantised, '-o', target],
        ['prune', model, '--mask', mask, ...quantised, '-o', target],
        ['fit', model, ...few, '--budget', '1GB', '--allow-requantize', '--imatrix', edited, '--estimate'],
        ['compare', model, ...compared, '--types', 'Q4_0', '--allow-requantize', '--imatrix', edited],
      ];
      const expectRefusedBy = async (some: readonly string[][]): Promise<void> => {
        for (const command of some) {
          expectRefused(await winnow([...command, '--json']), ['MASK_INVALID'], edited);
          assert.ok(!existsSync(target), command.join(' '));
        }
      };
      const numbers: readonly (readonly [part: string, change: (values: Float32Array) => void])[] = [
        ['in_sum2', (values) => values.forEach((value, i) => (values[i] = -value))],
        ['in_sum2', (values) => (values[3] = NaN)],
        ['counts', (values) => values.fill(0)],
        ['counts', (values) => (values[0] = -1)],
      ];
      for (const [part, change] of numbers) {
        copyFileSync(own, edited);
        await editFloats(edited, `${weight}.${part}`, change);
        await expectRefusedBy(commands.slice(0, 1));
      }
      const rename =
        (of: (name: string) => string) =>
        (tensors: Tensors): Tensors =>
          tensors.map((tensor) => ({ ...tensor, name: of(tensor.name) }));
      await writeVariant(own, edited, { tensors: rename((name) => name.replace('blk.', 'layers.')) });
      await expectRefusedBy(commands);
      await writeVariant(own, edited, {
        tensors: (tensors) => tensors.filter(({ name }) => !name.startsWith(`${weight}.counts`)),
      });
      await expectRefusedBy(commands.slice(0, 2));

      await writeVariant(own, edited, { tensors: rename((name) => name.replace('blk.5.', 'blk.99.')) });
      const partly = await winnow([...commands[0]!, '--json']);
      expectDone(partly);
      assert.match(partly.stderr, /has numbers for 35 of the 42 weights/);
    },
  },
  {
    surfaces: ['file:recipe', 'command:prune', 'command:select'],
    name: 'recipes that contradict themselves',
    promise:
      'what says 16 experts and lists 15 is refused with its place, and so is each other thing that is said twice',
    quick: false,
    async run(ground) {
      const { folder, model, winnow } = ground;
      const { selection } = await withMask(ground);
      const path = join(folder, 'recipe.json');
      expectDone(await winnow(['report', '--as', 'recipe', '--selection', selection, '-o', path]));
      type Recipe = { kept: number[][]; criterion: string; settings: Record<string, unknown> };
      const changes: readonly ((recipe: Recipe) => void)[] = [
        ({ kept }) => kept.forEach((experts) => experts.pop()),
        ({ kept }) => kept[0]!.push(kept[0]!.at(-1)!),
        (recipe) => (recipe.criterion = 'reap'),
        ({ settings }) => (settings['grouping'] = 'balancd'),
        ({ settings }) => (settings['activeExperts'] = 2),
      ];
      const whole = readFileSync(path, 'utf8');
      const target = join(folder, 'out.gguf');
      for (const change of changes) {
        const recipe = JSON.parse(whole) as Recipe;
        change(recipe);
        writeFileSync(path, JSON.stringify(recipe));
        for (const command of [
          ['prune', model, '--recipe', path, '-o', target],
          ['select', '--recipe', path, '--model', model],
        ]) {
          expectRefused(await winnow([...command, '--json']), ['MASK_INVALID'], path);
        }
        assert.ok(!existsSync(target));
      }
    },
  },
  {
    surfaces: ['file:model', 'command:inspect', 'command:score', 'command:eval', 'command:prune', 'command:quantize'],
    name: 'models that llama.cpp loads and ends by',
    promise:
      'a router in F64, an epsilon that is no number and an alignment of 1 are named before anything is computed',
    quick: false,
    async run(ground) {
      const { folder, model, demos, text, winnow } = ground;
      const { mask } = await withMask(ground);
      const broken = join(folder, 'broken.gguf');
      const router = 'blk.0.ffn_gate_inp.weight';
      const epsilon = 'qwen3moe.attention.layer_norm_rms_epsilon';
      const wide = (own: Tensors): Tensors =>
        own.map((one) =>
          one.name === router
            ? { ...one, type: 'f64', bytes: 2 * one.bytes, ranges: [...one.ranges, ...one.ranges] }
            : one,
        );
      const variants: readonly (readonly [Variant, string])[] = [
        [{ tensors: wide }, router],
        [{ set: [{ key: epsilon, type: 'float32', value: NaN }] }, epsilon],
        [{ set: [{ key: epsilon, type: 'float32', value: -1 }] }, epsilon],
        [{ alignment: 1 }, 'not a multiple of 32'],
      ];
      for (const [variant, names] of variants) {
        await writeVariant(model, broken, variant);
        for (const command of [
          ['inspect', broken],
          ['score', broken, '--demos', demos('math'), '--limit', '1', ...ON_CPU],
          ['eval', broken, '--text', text('math'), ...ON_CPU],
          ['prune', broken, '--mask', mask, '-o', join(folder, 'out.gguf')],
          ['quantize', broken, '--type', 'Q4_0', '--allow-requantize', '-o', join(folder, 'out.gguf')],
        ]) {
          const ended = await winnow([...command, '--json']);
          expectRefused(ended, ['GGUF_CORRUPT'], names);
          assert.doesNotMatch(ended.stdout, /GGML_ASSERT|SIG[A-Z]+/);
        }
      }
    },
  },
  {
    surfaces: ['command:score', 'command:worker', 'process:electron/engine/app/session/engine-process.ts'],
    name: 'more threads than cores',
    promise: 'as many as there are cores compute, whoever asked, and the command line says so',
    quick: true,
    async run({ home, model, demos, winnow }) {
      const said = new RegExp(`4096 threads were asked for, but ${THREADS} are used`);
      const scored = await winnow([
        'score',
        model,
        '--demos',
        demos('math'),
        '--limit',
        '1',
        ...ON_CPU,
        ...MANY_THREADS,
      ]);
      expectDone(scored);
      assert.match(scored.stderr, said);
      const schema = z.looseObject({ endpoint: z.string() });
      const args = ['worker', ...ON_CPU, '--port', '0', ...MANY_THREADS];
      await whileListening({ home, args, schema, memoryBytes: 2 ** 30 }, (worker) => {
        assert.match(worker.said(), said);
        return Promise.resolve();
      });
      const app = new App(home);
      try {
        await app.client.call('settings.set', { placement: { ...CPU, threads: 4096 } });
        const { placement } = await app.client.call('settings.get', {});
        assert.equal(placement.threads, THREADS);
      } finally {
        await app.close();
      }
    },
  },
  {
    surfaces: ['command:prune', 'file:database'],
    name: 'two identical repairs at once',
    promise: 'one works, the other is told which process that is; neither writes what the other has half done',
    quick: false,
    async run(ground) {
      const { folder, model, demos, winnow } = ground;
      const mask = await quarterMask(ground);
      const repair = (name: string): ReturnType<typeof winnow> =>
        winnow(
          [
            ...['prune', model, '--mask', mask, '--repair', demos('math'), ...ON_CPU],
            ...['-o', join(folder, `${name}.gguf`), '--json'],
          ],
          { timeoutMs: REPAIRING_MS },
        );
      const ended = await Promise.all(['one', 'other'].map(repair));
      const [refused, ...more] = ended.filter(({ code }) => code !== 0);
      assert.ok(refused !== undefined && more.length === 0, JSON.stringify(ended));
      assert.match(refused.stdout, /Process \d+ is already making this repair/);
    },
  },
  {
    surfaces: ['result:scores', 'command:score', 'command:select'],
    name: 'scores that are passed on',
    promise: 'scores.json names the model’s file and no folder of this machine, and the model is found all the same',
    quick: true,
    async run({ folder, home, model, demos, winnow }) {
      const [own, scores] = [join(folder, 'own.gguf'), join(folder, 'scores.json')];
      copyFileSync(model, own);
      const scoring = ['score', own, '--demos', demos('math'), '--limit', '1', ...ON_CPU];
      expectDone(await winnow([...scoring, '--out', scores]));
      const text = readFileSync(scores, 'utf8');
      assert.ok(!text.includes(folder) && !text.includes(home), text.slice(0, 300));
      const fitted = await winnow(['select', '--scores', scores, '--fit', '20MB', '--json']);
      expectDone(fitted);
      // one of an older version, with a path
      const older = JSON.parse(text) as { model: { path: string } };
      older.model.path = own;
      writeFileSync(scores, JSON.stringify(older));
      assert.equal((await winnow(['select', '--scores', scores, '--fit', '20MB', '--json'])).stdout, fitted.stdout);
    },
  },
];
