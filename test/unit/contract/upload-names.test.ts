// What is said of a file that a browser uploaded names it as its user does, not where a server keeps it.
import { describe, expect, test } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { inEnglish, msg } from '../../../electron/contract/sentences.ts';

const UPLOAD = '/home/A Name/.local/share/winnow/uploads/23635/c2298f1d-7a6b-4c5d-8e9f-0a1b2c3d4e5f';
const KEPT = '/home/A Name/.local/share/winnow/models/0123456789abcdef0123456789abcdef';

describe('a sentence about an upload', () => {
  test.each([
    [`${UPLOAD}/noise.txt`, 'noise.txt'],
    [`${UPLOAD}/a, b.jsonl`, 'a, b.jsonl'],
    [`${KEPT}/cut.gguf`, 'cut.gguf'],
    [String.raw`C:\Users\A Name\winnow\uploads\7\c2298f1d-7a6b-4c5d-8e9f-0a1b2c3d4e5f\noise.txt`, 'noise.txt'],
    [`${UPLOAD}/a.jsonl, ${UPLOAD}/b.jsonl`, 'a.jsonl, b.jsonl'],
    ['/home/A Name/models/cut.gguf', '/home/A Name/models/cut.gguf'],
    ['/data/uploads/2024/cut.gguf', '/data/uploads/2024/cut.gguf'],
  ])('names %s as %s', (path, name) => {
    const sentence = msg('noUsableDemo', { paths: path, reasons: [] });
    expect(inEnglish(sentence)).toBe(`There is no usable demo in ${name}.`);
    expect(new WinnowError('DEMOS_EMPTY', sentence).toData().message).toBe(`There is no usable demo in ${name}.`);
  });

  test('does so within what others wrote', () => {
    const text = `failed to open '${UPLOAD.replace(' ', '')}/cut.gguf': not a GGUF`;
    expect(inEnglish(msg('written', { text }))).toBe("failed to open 'cut.gguf': not a GGUF");
  });
});
