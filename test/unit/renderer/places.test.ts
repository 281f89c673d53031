// The palette finds what the screens do: every call by which a screen does something has an action there, or stands here with the
// reason why not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PLACE_IDS, PLACES } from '../../../renderer/actions/places.ts';
import { ROOT, sourceFiles } from '../source-files.ts';
import { texts } from '../../../electron/contract/text/en/texts.ts';

const WITHOUT: readonly { readonly calls: RegExp; readonly why: string }[] = [
  { calls: /\.(list|get|history|examine|recognise|suggestName)$/, why: 'It asks.' },
  { calls: /\.(delete|remove|rename|reveal|requeue)$/, why: 'It is done to a row that is chosen first.' },
  { calls: /^undo$/, why: 'It stands beside what it takes back.' },
];

/** Wherever the palette does it itself. */
const DONE_HERE =
  readFileSync(join(ROOT, 'renderer/actions/actions.ts'), 'utf8') +
  readFileSync(join(ROOT, 'renderer/files/hand-over.ts'), 'utf8');

const done = sourceFiles([
  'renderer/screens/**/*.{ts,tsx}',
  'renderer/{verdict,hand-over,state,experts}/**/*.{ts,tsx}',
]).flatMap((path) =>
  [...readFileSync(join(ROOT, path), 'utf8').matchAll(/(?:useCallMutation|callEngine)\(\s*'([\w.]+)'/g)].map(
    ([, call = '']) => call,
  ),
);

test('something is done', () => {
  expect(new Set(done).size).toBeGreaterThan(40);
});

test.each([...new Set(done)].filter((call) => !WITHOUT.some(({ calls }) => calls.test(call))))('%s', (call) => {
  const places: readonly string[] = PLACE_IDS.flatMap((id): readonly string[] => PLACES[id].calls);
  expect(places.includes(call) || DONE_HERE.includes(`'${call}'`), `no action of the palette leads to ${call}`).toBe(
    true,
  );
});

test.each([
  'best file',
  'repair',
  'report',
  'recipe',
  'measure',
  'importance',
  'quantise',
  'quantize',
  'imatrix',
  'check answers',
  'export',
  'score',
  'LM Studio',
  'GPU',
  'model card',
  'mask',
  'log',
])('"%s" finds something', (typed) => {
  const { place, placeWords } = texts.frame;
  const found = PLACE_IDS.filter((id) => `${place[id]} ${placeWords[id]}`.toLowerCase().includes(typed.toLowerCase()));
  expect(found).not.toEqual([]);
});
