// An original checkpoint cut by a choice that was made in its GGUF: what is left is what the pruned GGUF has, byte for byte; its
// routers prove that it is the same model; and what is refused on the way.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { checkpointOf, SAMPLE_CONFIG } from '../sample-checkpoint.ts';
import { readFolder, writeCheckpointFolder } from '../unit/checkpoints/tiny-checkpoint.ts';
import { commandLine, commandLineHere, ROOT, SAMPLE, scratchDir } from './support.ts';

const dir = scratchDir();
const home = scratchDir();
const cli = commandLineHere(home);
const file = (name: string): string => join(dir, name);
const KEEP = 12;

type Cut = {
  readonly output: string;
  readonly proved: string;
  readonly warnings: readonly string[];
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly n_expert: number;
  readonly dry_run?: boolean;
};

beforeAll(async () => {
  writeCheckpointFolder(file('full'), { config: SAMPLE_CONFIG, tensors: await checkpointOf(SAMPLE), shards: 3 });
  const demos = join(ROOT, 'resources/sample/demos/math.jsonl');
  await cli.json('score', SAMPLE, '--demos', demos, '--limit', '2', '--gpu', 'off', '--out', file('scores.json'));
  const select = ['select', '--scores', file('scores.json'), '--keep', String(KEEP), '-o', file('choice.json')];
  expect((await cli.json(...select)).code).toBe(0);
});

test('converted and cut is cut and converted', async () => {
  const { document, code } = await cli.json<Cut>(
    'prune-checkpoint',
    file('full'),
    '--choice',
    file('choice.json'),
    '-o',
    file('cut'),
  );
  expect({ code, proved: document.proved, warnings: document.warnings, keep: document.n_expert }).toEqual({
    code: 0,
    proved: 'routers',
    warnings: [],
    keep: KEEP,
  });
  await cli.json('prune', SAMPLE, '--choice', file('choice.json'), '-o', file('cut.gguf'));
  const expected = await checkpointOf(file('cut.gguf'));
  const found = readFolder(
    file('cut'),
    document.files.map(({ name }) => name),
  );
  expect([...found.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
  for (const [name, { data }] of expected) expect(found.get(name)?.data.equals(data), name).toBe(true);
  expect(JSON.parse(readFileSync(join(file('cut'), 'config.json'), 'utf8'))).toEqual({
    ...SAMPLE_CONFIG,
    num_experts: KEEP,
  });
});

test('by a selection or a choice from a report it is the same, and a dry run says what it will be', async () => {
  await cli.json('report', '--as', 'choice', '-o', file('reported.json'));
  const cut = file('cut');
  for (const [flag, value] of [
    ['--selection', '1'],
    ['--choice', file('reported.json')],
  ] as const) {
    const output = file(`by${flag}`);
    const planned = await cli.json<Cut>('prune-checkpoint', file('full'), flag, value, '-o', output, '--dry-run');
    expect(planned.document).toMatchObject({ dry_run: true, proved: 'routers' });
    expect(readdirSync(dirname(output))).not.toContain(`by${flag}`);
    const { document } = await cli.json<Cut>('prune-checkpoint', file('full'), flag, value, '-o', output);
    expect(document.files.map(({ name, bytes }) => ({ name, bytes }))).toEqual(
      planned.document.files.map(({ name, bytes }) => ({ name, bytes })),
    );
    for (const name of readdirSync(cut)) {
      expect(readFileSync(join(output, name)).equals(readFileSync(join(cut, name))), name).toBe(true);
    }
  }
});

test('says what is not proved', async () => {
  const dry = (...args: string[]) =>
    commandLineHere(scratchDir()).json<Cut>('prune-checkpoint', file('full'), ...args, '-o', file('x'), '--dry-run');
  const elsewhere = await dry('--choice', file('choice.json'));
  expect(elsewhere.document.proved).toBe('shape');
  expect(elsewhere.document.warnings[0]).toMatch(/not at hand.*--model/);
  const named = await dry('--choice', file('choice.json'), '--model', SAMPLE);
  expect(named.document).toMatchObject({ proved: 'routers', warnings: [] });
});

test('a process that says it in words', async () => {
  const { stdout, code } = await commandLine(home).call(
    'prune-checkpoint',
    file('full'),
    '--choice',
    file('choice.json'),
    '-o',
    file('words'),
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /words\n12 of 32 experts per layer, .* written and verified in .*; 2 other files copied\.\nIts routers are those/,
  );
});
