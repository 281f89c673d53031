// Scores that another program might have written, to another quantisation of the model.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { ScoresFile } from '../../electron/contract/scores-file.ts';
import { commandLineHere, ROOT, runReference, SAMPLE, scratchDir } from './support.ts';

const dir = scratchDir();
const cli = commandLineHere(scratchDir());
const file = (name: string): string => join(dir, name);
type Selected = {
  readonly kept: readonly (readonly number[])[];
  readonly criterion: string;
  readonly warning?: string;
};

beforeAll(async () => {
  const demos = join(ROOT, 'resources/sample/demos/math.jsonl');
  await cli.json('score', SAMPLE, '--demos', demos, '--limit', '2', '--gpu', 'off', '--out', file('scores.json'));
  await runReference('stock-quantize', '--allow-requantize', SAMPLE, file('q4.gguf'), 'Q4_K_M');
});

const select = (scores: string, ...args: string[]) =>
  cli.json<Selected>('select', '--scores', file(scores), ...args, '--keep', '12', '--super-experts', 'rank');

/** Writes only what another program has to. */
function writeForeign(name: string, model: Partial<ScoresFile['model']>, edit = (rows: number[][]) => rows): void {
  const { model: own, criteria } = JSON.parse(readFileSync(file('scores.json'), 'utf8')) as ScoresFile;
  const { path, arch, moe_layers, n_expert, n_expert_used } = own;
  writeFileSync(
    file(name),
    JSON.stringify({
      model: { path, arch, moe_layers, n_expert, n_expert_used, ...model },
      criteria: { theirs: edit(criteria['reap']!) },
    }),
  );
}

test('Winnow’s own choose in another quantisation, and it is said whose weights were scored', async () => {
  const { document } = await select('scores.json', '--criterion', 'reap');
  const other = await select('scores.json', '--criterion', 'reap', '--model', file('q4.gguf'));
  expect(other.document.kept).toEqual(document.kept);
  expect(other.document.warning).toMatch(/winnow-sample-Q8_0.*q4\.gguf/);
  expect(other.stderr).toContain(other.document.warning);
});

test('others’ keep the same by the only criterion that they hold, and it is said that they name no model', async () => {
  writeForeign('foreign.json', {});
  const own = await select('scores.json', '--criterion', 'reap');
  const { document } = await select('foreign.json', '--model', SAMPLE, '-o', file('choice.json'));
  expect(document).toMatchObject({ kept: own.document.kept, criterion: 'theirs' });
  expect(document.warning).toContain('does not say which model');
  expect(JSON.parse(readFileSync(file('choice.json'), 'utf8'))).toMatchObject({ kept: own.document.kept });
  // a file of the name that they state, beside them, is no proof either
  copyFileSync(SAMPLE, file('beside.gguf'));
  writeForeign('named.json', { path: 'beside.gguf' });
  expect((await select('named.json')).document.warning).toContain('does not say which model');
});

test('those with equal scores in a layer are refused: they would keep the first experts', async () => {
  writeForeign('flat.json', {}, (rows) => rows.map((row, layer) => (layer === 2 ? row.map(() => 0.5) : row)));
  const refused = await select('flat.json', '--model', SAMPLE);
  expect(refused).toMatchObject({ code: 1, document: { error: { code: 'SCORES_INVALID' } } });
});

test('those of another model are refused', async () => {
  writeForeign('other.json', { kindred: 'ab'.repeat(32) });
  const refused = await select('other.json', '--model', SAMPLE);
  expect(refused).toMatchObject({ code: 1, document: { error: { code: 'MODEL_CHANGED' } } });
});
