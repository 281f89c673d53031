// Token ids that come with demos: taken where they are the model's and say what the demo says, and left where not.
import { expect, test } from 'vitest';
import type { DemoContent } from '../../../electron/contract/demo.ts';
import type { Backend } from '../../../electron/engine/base/backend/backend.ts';
import type { LoadedModel } from '../../../electron/engine/base/backend/load-files.ts';
import { ownTokens } from '../../../electron/engine/demos/own-tokens.ts';
import { tokenizeDemos } from '../../../electron/engine/demos/tokenize.ts';

/** Its tokens are characters; two more open and end a text. */
const [BOS, EOS] = [1, 2];
const WRITTEN: Readonly<Record<number, string>> = { [BOS]: '<s>', [EOS]: '</s>' };
const MODEL = { chatTemplate: null, bosToken: '<s>', eosToken: '</s>', nVocab: 256 } as LoadedModel;
const BACKEND = {
  call: (method: string, params: { texts: readonly { text: string }[]; tokens: Int32Array }) => {
    if (method === 'tokenize') return Promise.resolve(params.texts.map(({ text }) => Int32Array.from(idsOf(text))));
    const pieces = Array.from(params.tokens, (token) => Buffer.from(WRITTEN[token] ?? String.fromCharCode(token)));
    let end = 0;
    return Promise.resolve({
      bytes: Uint8Array.from(Buffer.concat(pieces)),
      ends: Int32Array.from(pieces, (piece) => (end += piece.length)),
    });
  },
} as unknown as Backend;

function idsOf(text: string): number[] {
  return Array.from(text, (char) => char.charCodeAt(0));
}

const text = (said: string, tokenIds: number[]): DemoContent => ({ kind: 'text', text: said, tokenIds });
const chat = (tokenIds: number[]): DemoContent => ({
  kind: 'chat',
  messages: [
    { role: 'user', content: 'Who?' },
    { role: 'assistant', reasoning_content: 'Hm.', content: 'Me.' },
  ],
  tokenIds,
});

test.each([
  ['a text with marks of its ends', text('abc', [BOS, ...idsOf('abc'), EOS])],
  ['a chat in its template', chat([BOS, ...idsOf('[Who?] Hm. / Me.'), EOS])],
])('%s is taken as it came', async (_, content) => {
  expect(await ownTokens(content, MODEL, BACKEND)).toEqual(Int32Array.from(content.tokenIds ?? []));
});

test.each([
  ['of a larger vocabulary', text('abc', [...idsOf('abc'), 256])],
  ['of another text', text('abc', idsOf('abd'))],
  ['of a longer text', text('abc', idsOf(`abc${'wxyz'.repeat(20)}`))],
  ['of a chat without its reasoning', chat(idsOf('[Who?] Me.'))],
  ['of a chat in another order', chat(idsOf('Hm. Me. [Who?]'))],
  ['with padding after them', text('abc', [...idsOf('abc'), EOS, EOS])],
  ['with padding before them', text('abc', [EOS, EOS, ...idsOf('abc')])],
])('ids %s are left', async (_, content) => {
  expect(await ownTokens(content, MODEL, BACKEND)).toBeNull();
});

test('what became of them is said, and each demo keeps its own tokens', async () => {
  const demos = [text('ab', [BOS, ...idsOf('ab')]), text('cd', [300]), { kind: 'text', text: 'ef' } as const].map(
    (content, i) => ({ id: `file:${i}`, hash: String(i), content }),
  );
  const { demos: tokenized, warnings } = await tokenizeDemos(demos, MODEL, 0, BACKEND);
  expect(tokenized.map(({ tokens }) => [...tokens])).toEqual([[BOS, ...idsOf('ab')], idsOf('cd'), idsOf('ef')]);
  expect(warnings).toEqual([
    expect.stringMatching(/^1 of 3 demos came as this model's tokens \(input_ids\)/),
    expect.stringMatching(/^1 of 3 demos came with token ids .* their text was used/),
  ]);
});
