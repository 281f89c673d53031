// A choice of experts that was made for one type of a model, in the window: for which models it is offered, and what is said where it
// is used for another type.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { choiceTextFor } from '../choice-for.ts';
import { openTestEngine } from '../unit/session/test-engine.ts';
import { writeVariant } from './gguf-tools.ts';
import { runReference, SAMPLE, scratchDir } from './support.ts';

const dir = scratchDir();

test('it is offered for its model, then for others of the shape that are not known to be others, and says what it is used for', async () => {
  const page = openTestEngine(scratchDir());
  const { client, services } = page;
  const [q4, foreign] = ['q4.gguf', 'foreign.gguf'].map((name) => join(dir, name)) as [string, string];
  await runReference('stock-quantize', '--allow-requantize', SAMPLE, q4, 'Q4_K_M');
  const template = { key: 'tokenizer.chat_template', type: 'string' as const, value: '{{ messages }}' };
  await writeVariant(SAMPLE, foreign, { set: [template] });
  const { modelId: own } = await client.call('sample.open', {});
  const [other, stranger] = [await services.library.add(q4), await services.library.add(foreign)];
  const choice = join(dir, 'choice.json');
  writeFileSync(choice, await choiceTextFor(SAMPLE, (expert) => expert < 16));
  const use = (modelId: string, path: string) =>
    client.call('selections.importChoice', { modelId, grant: page.grant(path) });
  const codes = async (modelId: string, path: string): Promise<string[]> =>
    (await use(modelId, path)).said.map(({ code }) => code);

  const offered = async (): Promise<readonly string[]> => {
    const [found] = await client.call('selections.recognise', { grants: [page.grant(choice)] });
    return found?.choice?.modelIds ?? [];
  };
  expect(await codes(own, choice)).toEqual([]);
  const [first, ...others] = await offered();
  expect([first, new Set(others)]).toEqual([own, new Set([other, stranger])]);

  const beside = await use(other, choice);
  expect(beside.said).toMatchObject([{ code: 'madeForKindred', params: { path: q4 } }]);
  expect(beside.modelId).toBe(other);
  await expect(use(stranger, choice)).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
  // which model it is becomes known by its use
  const theirs = join(dir, 'theirs.json');
  writeFileSync(theirs, await choiceTextFor(foreign, (expert) => expert < 16));
  await use(stranger, theirs);
  expect(await offered()).toEqual([own, other]);
});
