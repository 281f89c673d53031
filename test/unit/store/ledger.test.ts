import { expect, test } from 'vitest';
import { z } from 'zod';
import { openStore } from '../../../electron/engine/store/database.ts';
import { getGenerationTexts, Ledger } from '../../../electron/engine/store/measurements.ts';
import { temporaryHome } from './support.ts';

const FORM = {
  table: 'generation_checks' as const,
  kind: null,
  settings: z.object({ selection: z.int(), name: z.string() }),
  result: z.object({ loops: z.int() }),
  identityOf: ({ selection }: { readonly selection: number }) => selection,
};

test('what was got once is found by what it depends on, and stands for all that it was got for', () => {
  const store = openStore(temporaryHome());
  const ledger = new Ledger(store, FORM);
  expect(ledger.find('a')).toBeNull();
  const entry = { measured: 'a', settings: { selection: 1, name: 'half' }, result: { loops: 2 } };
  const id = ledger.keep({ ...entry, texts: ['ha ha'] });
  expect(ledger.find('a')).toEqual({ id, result: { loops: 2 } });

  expect(ledger.keep({ ...entry, settings: { selection: 1, name: 'renamed' } })).toBe(id);
  const other = ledger.keep({ ...entry, settings: { selection: 2, name: 'twin' } });
  expect(getGenerationTexts(store, other)).toEqual(['ha ha']);
  expect(ledger.list().map(({ settings }) => settings.name)).toEqual(['twin', 'renamed']);
  expect(ledger.get(other)).toMatchObject({ measured: 'a', settings: { selection: 2 }, result: { loops: 2 } });
  store.close();
});

test('entries of another form are no entries, though their results may be used', () => {
  const store = openStore(temporaryHome());
  const study = { ...FORM, settings: z.object({ study: z.literal(true) }), identityOf: () => 'study' };
  const id = new Ledger(store, study).keep({
    measured: 'a',
    settings: { study: true },
    result: { loops: 0 },
    texts: [],
  });
  const ledger = new Ledger(store, FORM);
  expect(ledger.list()).toEqual([]);
  expect(ledger.get(id)).toBeNull();
  expect(ledger.find('a')?.result).toEqual({ loops: 0 });
  store.close();
});
