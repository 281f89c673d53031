// Which demos become tokens.
import { expect, test } from 'vitest';
import type { DemoContent } from '../../../electron/contract/demo.ts';
import { inEnglish } from '../../../electron/contract/sentences.ts';
import type { Backend, LoadedModel } from '../../../electron/engine/base/backend/backend.ts';
import { tokenizeDemos } from '../../../electron/engine/demos/tokenize.ts';

const MODEL = { chatTemplate: null, bosToken: null, eosToken: null } as LoadedModel;
/** A token a character. */
const BACKEND = {
  call: (_method: string, { texts }: { texts: readonly { text: string }[] }) =>
    Promise.resolve(texts.map(({ text }) => Int32Array.from(text, (char) => char.charCodeAt(0)))),
} as unknown as Backend;

const demo = (id: string, content: DemoContent) => ({ id, hash: id, content });
const DEMOS = [demo('whole', { kind: 'text', text: 'abc' }), demo('cut', { kind: 'text', text: 'de', cutOff: true })];

test('demos whose answer was cut off are left out, and said to be', async () => {
  const { demos, skipped, warnings } = await tokenizeDemos(DEMOS, MODEL, 0, BACKEND);
  expect(demos.map(({ hash }) => hash)).toEqual(['whole']);
  expect(skipped.map(inEnglish)).toEqual([expect.stringMatching(/^cut was left out: its answer was cut off/)]);
  expect(warnings).toEqual([expect.stringMatching(/^1 of 2 demos were left out.*--cut-off/)]);
});

test('they are tokenised where that is asked', async () => {
  const { demos, skipped, warnings } = await tokenizeDemos(DEMOS, MODEL, 0, BACKEND, { cutOff: true });
  expect(demos).toEqual([
    { hash: 'whole', tokens: Int32Array.of(97, 98, 99) },
    { hash: 'cut', tokens: Int32Array.of(100, 101) },
  ]);
  expect([...skipped, ...warnings]).toEqual([]);
});

test('what cannot be written of the demos is said once for the set', async () => {
  const calling = (content: string): DemoContent => ({
    kind: 'chat',
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: 'b', tool_calls: [{ name: 'look', arguments: {} }] },
    ],
  });
  const set = [...DEMOS, demo('first', calling('c')), demo('second', calling('d'))];
  const { unwritten, warnings } = await tokenizeDemos(set, MODEL, 0, BACKEND, { cutOff: true });
  expect(unwritten.map(inEnglish)).toEqual([expect.stringMatching(/^2 of 4 demos hold tool calls;/)]);
  expect(warnings).toEqual(expect.arrayContaining(unwritten.map(inEnglish)));
});
