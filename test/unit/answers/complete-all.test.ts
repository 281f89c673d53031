// Completions that end by themselves, by the limit, in a loop or with the work, as a worker would write them.
import { expect, test } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import type { Backend } from '../../../electron/engine/base/backend/backend.ts';
import type { Event, Params } from '../../../electron/engine/base/backend/protocol.ts';
import { completeAll, type Written } from '../../../electron/engine/measure/answers/complete-all.ts';

type Hooks = { readonly signal: AbortSignal; readonly onEvent: (parts: Event<'generate'>) => void };
type Generate = (params: Params<'generate'>, hooks: Hooks) => void;

/** A worker whose tokens are the codes of their characters. */
function workerThat(...generate: Generate[]): { readonly backend: Backend; readonly asked: Params<'generate'>[] } {
  const asked: Params<'generate'>[] = [];
  const call = (method: string, params: Params<'generate'>, hooks: Hooks): Promise<unknown> => {
    if (method !== 'generate') return Promise.resolve({ bytes: new Uint8Array(), ends: new Int32Array() });
    asked.push(params);
    generate[asked.length - 1]!(params, hooks);
    if (hooks.signal.aborted) return Promise.reject(new WinnowError('CANCELLED', 'cancelled'));
    return Promise.resolve({ completions: params.prompts.map(() => ({ tokens: new Int32Array(), stop: 'eog' })) });
  };
  return { backend: { call } as unknown as Backend, asked };
}

function part(prompt: number, text: string, stop: 'eog' | 'length' | null): Event<'generate'>[number] {
  const bytes = new TextEncoder().encode(text);
  return { prompt, tokens: Int32Array.from(bytes), bytes, stop };
}

const prompts = [
  { tokens: Int32Array.of(1, 2), seed: 7 },
  { tokens: Int32Array.of(3), seed: 8 },
];
const HOW = { maxTokens: 4000, temperature: 0, threads: 1, contextLength: 8000, onTokens: () => {} };

async function completed(backend: Backend, more: { signal?: AbortSignal } = {}): Promise<[number, Written][]> {
  const passed: [number, Written][] = [];
  await completeAll(backend, prompts, { ...HOW, ...more }, (index, written) => {
    passed.push([index, written]);
    return Promise.resolve();
  });
  return passed;
}

test('each completion is passed on once it is whole, with its seed', async () => {
  const { backend, asked } = workerThat((_, { onEvent }) => {
    onEvent([part(0, 'for', null)]);
    onEvent([part(1, 'six', 'length'), part(0, 'ty', 'eog')]);
  });
  expect(await completed(backend)).toEqual([
    [1, { text: 'six', tokens: 3, stop: 'length' }],
    [0, { text: 'forty', tokens: 5, stop: 'eos' }],
  ]);
  expect(asked.map(({ seeds }) => [...seeds])).toEqual([[7, 8]]);
});

test('one that only repeats itself is ended, and the other goes on from where it was', async () => {
  const { backend, asked } = workerThat(
    (_, { onEvent }) => onEvent([part(1, 'so f', null), part(0, 'again '.repeat(300), null)]),
    (_, { onEvent }) => onEvent([part(0, 'ar', 'eog')]),
  );
  const [loop, other] = await completed(backend);
  expect(loop).toMatchObject([0, { stop: 'loop', tokens: 1800 }]);
  expect(other).toEqual([1, { text: 'so far', tokens: 6, stop: 'eos' }]);
  expect([...asked[1]!.prompts[0]!]).toEqual([3, ...new TextEncoder().encode('so f')]);
  expect(asked[1]!.maxTokens).toBe(HOW.maxTokens - 4);
});

test('what is whole is passed on when the work is cancelled, which is an error', async () => {
  const cancel = new AbortController();
  const passed: number[] = [];
  const { backend } = workerThat((_, { onEvent }) => onEvent([part(0, 'a', 'eog'), part(1, 'b', 'eog')]));
  const work = completeAll(backend, prompts, { ...HOW, signal: cancel.signal }, (index) => {
    passed.push(index);
    cancel.abort();
    return Promise.resolve();
  });
  await expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(passed).toEqual([0, 1]);
});

test('less room is asked for where the memory is too small', async () => {
  const { backend, asked } = workerThat(
    () => {},
    (_, { onEvent }) => onEvent([part(0, 'a', 'eog')]),
  );
  const call = backend.call.bind(backend) as unknown as (...args: unknown[]) => Promise<unknown>;
  const small = (...args: unknown[]): Promise<unknown> => {
    const made = call(...args);
    return asked.length === 1 ? made.then(() => Promise.reject(new WinnowError('OUT_OF_MEMORY', 'small'))) : made;
  };
  const one = { call: small } as unknown as Backend;
  await completeAll(one, prompts.slice(0, 1), HOW, () => Promise.resolve());
  expect(asked.map(({ maxTokens }) => maxTokens)).toEqual([4000, 2000]);
});
