import { describe, expect, it } from 'vitest';
import { fileToChoose, targetFor } from '../../../renderer/screens/export/started-export.ts';

const target = { id: 'a-grant-with-its-id', name: 'python.gguf', bytes: null };
const started = { jobId: 7, selectionId: 1 };

describe('the target of an export', () => {
  it('stays when the selection changes before anything was written', () => {
    expect(targetFor({ target, started: null }, 2)).toEqual({ target, started: null });
  });

  it('belongs to the selection that was written to it', () => {
    expect(targetFor({ target, started }, 1)).toEqual({ target, started });
    expect(targetFor({ target, started }, 2)).toEqual({ target: null, started: null });
  });
});

describe('a file that was written', () => {
  it('is chosen as soon as it is there', () => {
    expect(fileToChoose(started, { state: 'running', exportId: 3 }, { selectionId: 1 })).toBeNull();
    expect(fileToChoose(started, { state: 'done', exportId: 3 }, { selectionId: 1 })).toBe(3);
  });

  it('is not chosen along with another selection', () => {
    expect(fileToChoose(started, { state: 'done', exportId: 3 }, { selectionId: 2 })).toBeNull();
  });
});
