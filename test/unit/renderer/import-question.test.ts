import { describe, expect, it, test } from 'vitest';
import type { ExaminedFile } from '../../../electron/contract/api/demos.ts';
import {
  askImport,
  columnsByGrant,
  holdExamples,
  knownRoles,
  toTables,
  useImportQuestion,
  type ImportQuestion,
} from '../../../renderer/files/import-question.ts';
import { freeSetName, suggestName } from '../../../renderer/files/set-names.ts';

describe('a new demo set is named after its files', () => {
  it.each([
    [['mine.jsonl'], 'mine'],
    [['tickets-2024.csv'], 'tickets-2024'],
    [['tickets-1.csv', 'tickets-2.csv', 'tickets_old.csv'], 'tickets'],
    [['law.txt', 'medicine.txt'], 'law'],
    [['ab1.txt', 'ab2.txt'], 'ab1'],
    [['.txt'], '.txt'],
    [[], ''],
    [[`${'x'.repeat(100)}.txt`], 'x'.repeat(80)],
  ])('%j: %s', (names, set) => {
    expect(suggestName(names)).toBe(set);
  });

  it('is not the name of another', () => {
    expect(freeSetName('mine', [{ name: 'mine' }, { name: 'mine 2' }])).toBe('mine 3');
    expect(freeSetName('mine', [{ name: 'yours' }])).toBe('mine');
  });
});

const file = (grant: string, ...columns: ExaminedFile['columns']) => ({
  grant,
  name: `${grant}.csv`,
  columns,
});
const column = (name: string, role: 'prompt' | null = null) => ({ name, role, values: ['x'] });

test('files with the same columns are asked about once, and answered for each', () => {
  const files = [
    file('a', column('question', 'prompt'), column('antwort')),
    file('b'),
    file('c', column('question', 'prompt'), column('antwort')),
    file('d', column('inhalt')),
  ];
  const tables = toTables(files);
  expect(tables.map((table) => table.files.map(({ grant }) => grant))).toEqual([['a', 'c'], ['d']]);
  const known = knownRoles(tables);
  const [first, second] = tables.map(({ key }) => known[key]);
  expect(first).toEqual({ question: 'prompt', antwort: null });
  expect([holdExamples(first), holdExamples(second)]).toEqual([true, false]);
  const answered = { ...known, [tables[0]?.key ?? '']: { question: 'prompt', antwort: 'answer' } } as const;
  expect(columnsByGrant(tables, answered)).toEqual({
    a: { question: 'prompt', antwort: 'answer' },
    c: { question: 'prompt', antwort: 'answer' },
    d: {},
  });
});

test('a question that another one follows adds nothing', async () => {
  const question: ImportQuestion = {
    files: [],
    targets: [{ kind: 'demos', domainId: null, domain: 'mine' }],
    domains: [],
  };
  const first = askImport(question);
  const second = askImport(question);
  expect(await first).toBeNull();
  const given = { target: question.targets[0], columns: {} };
  useImportQuestion.getState().current?.answer(given);
  expect(await second).toBe(given);
  expect(useImportQuestion.getState().current).toBeNull();
});
