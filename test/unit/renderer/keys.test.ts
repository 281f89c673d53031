import { describe, expect, it } from 'vitest';
import { matchesKeys } from '../../../renderer/kit/key-names.ts';

const press = (key: string, held: readonly ('ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey')[] = []) => ({
  key,
  ctrlKey: held.includes('ctrlKey'),
  shiftKey: held.includes('shiftKey'),
  altKey: held.includes('altKey'),
  metaKey: held.includes('metaKey'),
});

describe('key combinations', () => {
  it('need exactly their modifiers', () => {
    expect(matchesKeys(press('k', ['ctrlKey']), 'Mod+K')).toBe(true);
    expect(matchesKeys(press('k'), 'Mod+K')).toBe(false);
    expect(matchesKeys(press('k', ['ctrlKey', 'altKey']), 'Mod+K')).toBe(false);
    expect(matchesKeys(press('K', ['ctrlKey', 'shiftKey']), 'Mod+K')).toBe(false);
    expect(matchesKeys(press('O', ['ctrlKey', 'shiftKey']), 'Mod+Shift+O')).toBe(true);
  });

  it('take symbols with or without Shift', () => {
    expect(matchesKeys(press('?', ['shiftKey']), '?')).toBe(true);
    expect(matchesKeys(press('?'), '?')).toBe(true);
    expect(matchesKeys(press('?', ['ctrlKey']), '?')).toBe(false);
    expect(matchesKeys(press(',', ['ctrlKey']), 'Mod+,')).toBe(true);
  });

  it('know named keys', () => {
    expect(matchesKeys(press('F1'), 'F1')).toBe(true);
    expect(matchesKeys(press(' '), 'Space')).toBe(true);
  });
});
