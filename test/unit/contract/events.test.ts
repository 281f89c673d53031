import { expect, test } from 'vitest';
import { CALL_NAMES, EVENT_NAMES, events, type CallName } from '../../../electron/contract/api.ts';

/** Of calls whose answers nobody keeps: the command line alone makes them. */
const KEPT_BY_NOBODY: readonly string[] = ['endpoint', 'jobLine'];
const ABOUT_KEPT = EVENT_NAMES.filter((name) => !KEPT_BY_NOBODY.includes(name));

test.each(ABOUT_KEPT)('the event %s says which answers it makes old, or which one it is part of', (name) => {
  const { updates, outdates }: { readonly updates: CallName | null; readonly outdates: readonly CallName[] } =
    events[name];
  const touched = [...outdates, ...(updates === null ? [] : [updates])];
  expect(touched).not.toEqual([]);
  expect(CALL_NAMES).toEqual(expect.arrayContaining(touched));
  expect(new Set(touched).size).toBe(touched.length);
});

test.each(['evaluations', 'generations', 'selections', 'exports', 'library'] as const)(
  'verdicts rest on what the event %s tells of',
  (name) => {
    expect(events[name].outdates).toEqual(expect.arrayContaining(['evaluations.verdict']));
  },
);
