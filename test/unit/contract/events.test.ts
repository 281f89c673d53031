import { expect, test } from 'vitest';
import { CALL_NAMES, EVENT_NAMES, events, type CallName } from '../../../electron/contract/api.ts';

test.each(EVENT_NAMES)('the event %s says which answers it makes old, or which one it is part of', (name) => {
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
    expect(events[name].outdates).toEqual(expect.arrayContaining(['evaluations.verdicts', 'evaluations.verdict']));
  },
);
