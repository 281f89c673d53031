// Throughput on equal memory, on the sample with tiny numbers: what fits, what is left behind, and that a memory limit holds.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { WinnowError } from '../../electron/contract/errors.ts';
import { MemoryCgroup } from '../../electron/engine/measure/benchmark/memory-cgroup.ts';
import { commandLine, SAMPLE, scratchDir } from './support.ts';

const SAMPLE_BYTES = 22_769_536;
const home = join(scratchDir(), 'home');
const winnow = commandLine(home);
const bench = (...args: string[]) => [
  ...['bench', 'throughput', SAMPLE, '--keep', '0.5', '--gpu', 'off', '--threads', '1', '--ubatch', '64'],
  ...['--prompt', '8', '--generate', '2', '--runs', '1', ...args],
];

const speed = z.number().positive();
const tokensPerSecond = z.strictObject({ prefill: z.array(speed).length(1), decode: z.array(speed).length(1) });
const ratio = z.strictObject({ prefill: speed, decode: speed });
const parallel = z.strictObject({
  sequences: z.int().min(1).max(256),
  needed_bytes: z.int(),
  allocated_bytes: z.int(),
  tokens_per_second: tokensPerSecond,
});
const fromDisk = z.strictObject({
  tokens_per_second: tokensPerSecond,
  read_bytes_per_token: z.array(z.number().nonnegative()).length(1),
});
const alone = z.strictObject({ tokens_per_second: tokensPerSecond });
const models = {
  full: z.strictObject({ path: z.literal(SAMPLE), bytes: z.literal(SAMPLE_BYTES), n_expert: z.literal(32) }),
  pruned: z.strictObject({ path: z.null(), bytes: z.int(), n_expert: z.literal(16) }),
};
const ofLength = {
  prompt_tokens: z.int(),
  generated_tokens: z.int(),
  budget: z.strictObject({
    bytes: z.int(),
    full: parallel.nullable(),
    full_needs_bytes: z.int(),
    pruned: parallel,
    ratio: ratio.nullable(),
  }),
  single: z.strictObject({ full: alone, pruned: alone, ratio }).nullable(),
  memory_limit: z
    .strictObject({ bytes: z.int(), full: fromDisk.nullable(), pruned: fromDisk, ratio: ratio.nullable() })
    .nullable(),
};
const throughputDocument = z.strictObject({ ...models, ...ofLength });
const lengthsDocument = z.strictObject({ ...models, lengths: z.array(z.strictObject(ofLength)) });

/** Why memory cannot be limited on this machine; null: it can. */
async function refusal(): Promise<string | null> {
  try {
    await MemoryCgroup.make(64 << 20).remove();
    return null;
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'USAGE') return error.message;
    throw error;
  }
}

test('both models fill the same budget, and the temporary one is gone afterwards', async () => {
  const { code, document, stderr } = await winnow.json(...bench('--budget', '2x'));
  expect(code, stderr).toBe(0);
  const { budget, single, pruned, ...tokens } = throughputDocument.parse(document);
  expect(tokens).toMatchObject({ prompt_tokens: 8, generated_tokens: 2 });
  expect(budget.bytes).toBe(2 * SAMPLE_BYTES);
  expect(pruned.bytes).toBeLessThan(0.6 * SAMPLE_BYTES);
  for (const { needed_bytes: needed, allocated_bytes: allocated } of [budget.full, budget.pruned].filter(
    (of) => of !== null,
  )) {
    // the estimate is close enough to be of use, and never below what llama.cpp takes
    expect(needed).toBeLessThanOrEqual(budget.bytes);
    expect(allocated).toBeLessThanOrEqual(needed);
    expect(allocated).toBeGreaterThan(0.95 * needed);
  }
  expect(budget.pruned.sequences).toBeGreaterThan(budget.full?.sequences ?? Infinity);
  expect(single).not.toBeNull();
  expect(readdirSync(join(home, 'tmp'))).toEqual([]);
});

test('several lengths are measured one by one: longer sequences, fewer of them', async () => {
  const { code, document, stderr } = await winnow.json(
    ...['bench', 'throughput', SAMPLE, '--keep', '0.5', '--gpu', 'off', '--threads', '1', '--ubatch', '64'],
    ...['--runs', '1', '--budget', '1.5x', '--lengths', '8+2,1100+8'],
  );
  expect(code, stderr).toBe(0);
  const { lengths } = lengthsDocument.parse(document);
  expect(lengths.map((one) => [one.prompt_tokens, one.generated_tokens])).toEqual([
    [8, 2],
    [1100, 8],
  ]);
  // llama.cpp gives a sequence room for 256 tokens at least, and for 1,108 the next multiple
  const [short, long] = lengths.map(({ budget }) => budget);
  expect(long?.bytes).toBe(short?.bytes);
  expect(long?.pruned.sequences).toBeLessThan(short?.pruned.sequences ?? 0);
  expect(long?.pruned.sequences).toBeGreaterThan(long?.full?.sequences ?? Infinity);
  // the sample was made for 1,024 tokens, and longer sequences take as much more
  expect(long?.pruned.allocated_bytes).toBeLessThanOrEqual(long?.pruned.needed_bytes ?? 0);

  const twice = await winnow.json(...bench('--lengths', '8+2'));
  expect(twice.document).toMatchObject({ error: { code: 'USAGE' } });
  const odd = await winnow.json('bench', 'throughput', SAMPLE, '--keep', '0.5', '--lengths', '8+2+1');
  expect(odd.document).toMatchObject({ error: { code: 'USAGE' } });
});

test('a model that does not fit the budget is shown under a memory limit, where the system allows one', async () => {
  const reason = await refusal();
  const { code, document, stderr } = await winnow.json(...bench('--budget', '0.9x', '--memory-limit', '1GiB'));
  if (reason !== null) {
    expect(code).toBe(2);
    expect(document).toMatchObject({ error: { code: 'USAGE', message: reason } });
    return;
  }
  expect(code, stderr).toBe(0);
  const { budget, single, memory_limit: limited } = throughputDocument.parse(document);
  expect(budget.full).toBeNull();
  expect(budget.full_needs_bytes).toBeGreaterThan(budget.bytes);
  expect(single).toBeNull();
  expect(limited?.bytes).toBe(2 ** 30);
  expect(limited?.full).not.toBeNull();
});

test.runIf(existsSync('/proc/self/cgroup'))(
  'a process under the limit is killed when it takes more, others are not',
  async ({ skip }) => {
    const reason = await refusal();
    if (reason !== null) skip(reason);
    const group = MemoryCgroup.make(128 << 20);
    const allocating = (bytes: number) =>
      spawn(process.execPath, [
        '-e',
        `process.stdin.once('data', () => { Buffer.alloc(${bytes}, 1); process.exit(7) })`,
      ]);
    const ended = async (bytes: number): Promise<unknown[]> => {
      const child = allocating(bytes);
      group.add(child.pid ?? 0);
      child.stdin.write('begin');
      return once(child, 'exit');
    };
    expect(await ended(1 << 20)).toEqual([7, null]);
    expect(group.memoryKills()).toBe(0);
    expect(await ended(512 << 20)).toEqual([null, 'SIGKILL']);
    expect(group.memoryKills()).toBe(1);
    await group.remove();
  },
);
