// How batches are filled.
import type { BatchItem } from 'node-llama-cpp';
import { expect, test } from 'vitest';
import { shortestFirst } from '../../../electron/engine/demos/chat/llama-context.ts';

const item = (tokens: number): BatchItem => ({
  tokens: Array.from({ length: tokens }, () => 1 as BatchItem['tokens'][number]),
  logits: [],
  evaluationPriority: 5,
});

test('what generates goes before prompts, which fill the rest', () => {
  const [long, generating, short] = [item(900), item(1), item(100)];
  const batch = shortestFirst([long, generating, short], 512);
  expect(batch.map((entry) => entry.item)).toEqual([generating, short, long]);
  expect(batch.map((entry) => entry.processAmount)).toEqual([1, 100, 411]);
});

test('what does not fit waits', () => {
  const [first, second] = [item(512), item(600)];
  expect(shortestFirst([second, first], 512)).toEqual([{ item: first, processAmount: 512 }]);
});
