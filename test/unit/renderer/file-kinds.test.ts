import { describe, expect, it } from 'vitest';
import { kindOfName, kindOfType } from '../../../renderer/files/file-kinds.ts';

describe('what becomes of a file', () => {
  it.each([
    ['Qwen3.Q4_K_M.GGUF', 'model'],
    // how Ollama keeps them
    ['sha256-6a0746a1ec1aef3e7ec53868f220ff6e389f6f8ef87a01d77c96807de94ca2aa', 'model'],
    ['demos.jsonl', 'demos'],
    ['table.parquet', 'demos'],
    ['notes.md', 'demos'],
    ['cat.png', 'declined'],
    ['model.safetensors', 'declined'],
  ])('%s: %s', (name, kind) => {
    expect(kindOfName(name, false)).toBe(kind);
  });

  it('takes texts and demo files to measure with where they are wanted', () => {
    expect(kindOfName('held-out.txt', true)).toBe('texts');
    expect(kindOfName('held-out.jsonl', true)).toBe('texts');
    expect(kindOfName('cat.png', true)).toBe('declined');
    expect(kindOfType('text/plain', true)).toBe('texts');
    expect(kindOfType('image/png', true)).toBe('declined');
  });

  it.each([
    ['application/json', 'demos'],
    ['text/csv', 'demos'],
    ['image/png', 'declined'],
    ['', 'undecided'],
    ['application/octet-stream', 'undecided'],
  ])('a file of type "%s", its name unknown: %s', (type, kind) => {
    expect(kindOfType(type, false)).toBe(kind);
  });
});
