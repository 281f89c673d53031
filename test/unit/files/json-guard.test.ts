import { expect, test } from 'vitest';
import { inEnglish } from '../../../electron/contract/sentences.ts';
import { jsonExcess, MAX_JSON_DEPTH, MAX_JSON_VALUES } from '../../../electron/engine/base/files/json-guard.ts';

const excess = (text: string): string | null => {
  const said = jsonExcess(Buffer.from(text));
  return said && inEnglish(said);
};

test.each([
  ['what is usual', '{"a": [1, 2, {"b": "c"}], "d": null}'],
  ['brackets in texts', JSON.stringify({ text: '['.repeat(2 * MAX_JSON_DEPTH) })],
  ['brackets behind quotes in texts', JSON.stringify({ text: `\\"\\\\"${'{'.repeat(2 * MAX_JSON_DEPTH)}"` })],
  ['a text that does not end', `"${'['.repeat(2 * MAX_JSON_DEPTH)}`],
  ['the deepest nesting', '['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH)],
  ['many lists side by side', `[${'[],'.repeat(2 * MAX_JSON_DEPTH)}[]]`],
  ['no JSON', 'plain text'],
  ['nothing', ''],
])('lets %s pass', (_, text) => {
  expect(excess(text)).toBeNull();
});

test.each(['[', '{"a":', '"x",[', '"\\\\",['])('finds nesting by %s', (opening) => {
  expect(excess(opening.repeat(MAX_JSON_DEPTH + 1))).toContain(`deeper than ${MAX_JSON_DEPTH} levels`);
});

test.each(['1,', '[],'])('finds too many values: %s', (value) => {
  expect(excess(`[${value.repeat(MAX_JSON_VALUES + 1)}1]`)).toContain(`more than ${MAX_JSON_VALUES} values`);
});
