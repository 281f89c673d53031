// What a choice is measured on for its verdict: nobody has to say it, and nothing that scoring has seen is among it.
import { expect, test } from 'vitest';
import { planMeasurement } from '../../../electron/engine/measure/evaluation/choice-comparison.ts';
import { DemoCopies } from '../../../electron/engine/write/pruning/demo-copies.ts';
import { demosNotScored, readOtherText } from '../../../electron/engine/measure/evaluation/other-texts.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { ensureDomain, addHeldOutText } from '../../../electron/engine/store/domains.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { addSelection, type StoredSelection } from '../../../electron/engine/store/selections.ts';
import { temporaryHome } from '../store/support.ts';
import { MODEL } from '../store/tiny-run.ts';
import { keep, text } from './demos.ts';

const long = (of: string, bytes = 40_000): string => `${of} `.repeat(bytes / (of.length + 1));
const { signal } = new AbortController();

function setUp(): { readonly store: Store; readonly modelId: number } {
  const store = openStore(temporaryHome());
  return { store, modelId: rememberModel(store, MODEL).id };
}

function holdOut(store: Store, domain: string, name: string, bytes?: number): number {
  return addHeldOutText(store, ensureDomain(store, domain).id, { name, text: long(`${name} of ${domain}`, bytes) }).id;
}

/** @param scored hashes of the demos that it was chosen by */
function chosenFor(
  { store, modelId }: ReturnType<typeof setUp>,
  domains: readonly string[],
  scored: readonly string[] = [],
): StoredSelection {
  const demos = domains.map((domain) => {
    return { domain, demos: scored.map((_, i) => `${domain}.jsonl:${i + 1}`), hashes: [...scored], tokens: 1 };
  });
  return addSelection(store, { modelId, name: '', kept: [[1]], criterion: 'easy-ep', settings: { demos } });
}

const named = ({ texts }: Awaited<ReturnType<typeof planMeasurement>>) =>
  texts.map(({ source, domain, inDomain }) => [source, domain, inDomain]);

test('the texts of its domain, and one of each other domain', async () => {
  const setup = setUp();
  const { store } = setup;
  const ids = ['one.txt', 'two.txt'].map((name) => holdOut(store, 'law', name));
  for (const domain of ['a', 'b', 'c', 'd', 'e']) {
    holdOut(store, domain, 'first.txt');
    holdOut(store, domain, 'more.txt');
  }
  const measurement = await planMeasurement(store, chosenFor(setup, ['law']), signal);
  expect(named(measurement)).toEqual([
    ['heldOut', 'law', true],
    ['heldOut', 'law', true],
    ...['a', 'b', 'c'].map((domain) => ['heldOut', domain, false]),
  ]);
  expect(measurement.textIds.slice(0, 2)).toEqual(ids);
  expect(measurement).toMatchObject({ otherTexts: [], ctx: 512, chunks: 12, tokens: 5 * 6144 });
});

test('where nobody held a text out: demos that were not scored, and the sample for what is outside', async () => {
  const setup = setUp();
  const { store } = setup;
  const contents = Array.from({ length: 20 }, (_, i) => text(long(`demo ${i}`, 2000)));
  const demos = keep(store, '/d/law.jsonl', ...contents);
  const hashes = demos.flatMap(({ hash }) => hash ?? []);
  const selection = chosenFor(setup, ['law'], hashes.slice(0, 5));
  const measurement = await planMeasurement(store, selection, signal);
  expect(named(measurement)).toEqual([
    ['notScored', 'law', true],
    ['sample', 'french (sample)', false],
    ['sample', 'japanese (sample)', false],
  ]);
  expect(measurement.textIds).toEqual([]);
  const scored = await DemoCopies.of(store, demos.slice(0, 5));
  expect(demosNotScored(store, 'law', scored).map(({ content }) => content)).toEqual(contents.slice(5));
  const [own, other] = await Promise.all(
    measurement.otherTexts.slice(0, 2).map((source) => readOtherText(store, source, scored)),
  );
  expect(own).toMatchObject({ id: null, domain: 'law' });
  expect(own?.text).toHaveLength(15);
  expect(other).toMatchObject({ id: null, domain: 'french (sample)', name: 'french.txt' });

  // too few are left to say anything of others
  expect(named(await planMeasurement(store, chosenFor(setup, ['law'], hashes.slice(0, 13)), signal))).toEqual([
    ['sample', 'french (sample)', false],
    ['sample', 'japanese (sample)', false],
  ]);
});

test('a mask says no domain: all texts count, and none of the sample', async () => {
  const setup = setUp();
  expect(await planMeasurement(setup.store, chosenFor(setup, []), signal)).toMatchObject({ texts: [], tokens: 0 });
  holdOut(setup.store, 'law', 'one.txt');
  expect(named(await planMeasurement(setup.store, chosenFor(setup, []), signal))).toEqual([['heldOut', 'law', null]]);
});

test('short texts are cut into shorter chunks, and left out where they are too short for any', async () => {
  const setup = setUp();
  const { store } = setup;
  holdOut(store, 'law', 'short.txt', 2000);
  holdOut(store, 'law', 'scrap.txt', 300);
  holdOut(store, 'tax', 'long.txt');
  const measurement = await planMeasurement(store, chosenFor(setup, ['law']), signal);
  expect(measurement.texts.map(({ name }) => name)).toEqual(['short.txt', 'long.txt']);
  expect(measurement.ctx).toBe(128);
});
