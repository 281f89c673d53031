// GGUF headers that announce, or are, more than any model's: counts that cost llama.cpp's reader hours, lists that cost it
// all memory.
import { encodeNumber, encodeText, text, uint64, VALUE } from '../gguf/draft.ts';
import type { Piece } from './sparse.ts';

const GiB = 1 << 30;

const start = (tensors: number, keys: number): Buffer =>
  Buffer.concat([Buffer.from('GGUF'), encodeNumber(VALUE.u32, 3), uint64(tensors), uint64(keys)]);

const keyStart = (name: string, type: number): Buffer =>
  Buffer.concat([encodeText(text(name)), encodeNumber(VALUE.u32, type)]);

const listStart = (name: string, element: number, count: number): Buffer =>
  Buffer.concat([keyStart(name, VALUE.list), encodeNumber(VALUE.u32, element), uint64(count)]);

function keys(count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => Buffer.concat([keyStart(`k${i}`, VALUE.u8), Buffer.from([1])])),
  );
}

function tensors(count: number): Buffer {
  const infos = Array.from({ length: count }, (_, i) =>
    Buffer.concat([
      encodeText(text(`t${i}`)),
      encodeNumber(VALUE.u32, 1),
      uint64(1),
      encodeNumber(VALUE.u32, 0),
      uint64(i * 32),
    ]),
  );
  return Buffer.concat(infos);
}

export const GGUF_GIANTS: Readonly<Record<string, () => Piece[]>> = {
  'three hundred thousand keys': () => [start(0, 300_000), keys(300_000)],
  'three hundred thousand tensors': () => [start(300_000, 0), tensors(300_000), { hole: 300_000 * 32 + 32 }],
  'a list of 2^29 empty texts': () => [start(0, 1), listStart('tokens', VALUE.text, 2 ** 29), { hole: 4 * GiB }],
  'a list of 2^30 bytes': () => [start(0, 1), listStart('bytes', VALUE.u8, GiB), { hole: GiB }],
  'a text of a gibibyte': () => [start(0, 1), keyStart('text', VALUE.text), uint64(GiB), { hole: GiB }],
  'two hundred lists that fill three gibibytes': () => [
    start(0, 200),
    ...Array.from({ length: 200 }, (_, i): Piece[] => [
      listStart(`list${i}`, VALUE.u8, 1 << 24),
      { hole: 1 << 24 },
    ]).flat(),
  ],
  'a damaged end behind two gibibytes of texts': () => [
    start(0, 2),
    listStart('tokens', VALUE.text, 1 << 24),
    { hole: 8 * (1 << 24) },
    keyStart('broken', 99),
  ],
};
