import { expect, test } from 'vitest';
import { withRows, withSection } from '../../bench/benchmarks-document.ts';

const DOCUMENT = `# Benchmarks

Made on a day.

| what | measured |
|---|---|

## The interface

### Opened

## Quality

Tables.
`;

test('a section is replaced, the others stay', () => {
  expect(withSection(DOCUMENT, 'The interface', 'New.\n')).toBe(DOCUMENT.replace('### Opened', 'New.'));
  expect(withSection(DOCUMENT, 'Quality', 'Other tables.')).toBe(DOCUMENT.replace('Tables.', 'Other tables.'));
});

test('what stands before the sections is replaced with null', () => {
  expect(withSection(DOCUMENT, null, '# Benchmarks\n\nMade today.')).toBe(
    `# Benchmarks\n\nMade today.\n\n${DOCUMENT.slice(DOCUMENT.indexOf('## The interface'))}`,
  );
});

test('a new section goes to the end', () => {
  expect(withSection(DOCUMENT, 'Throughput', 'Fast.')).toBe(`${DOCUMENT}\n## Throughput\n\nFast.\n`);
  expect(withSection('# Benchmarks\n', 'Throughput', 'Fast.')).toBe('# Benchmarks\n\n## Throughput\n\nFast.\n');
});

test('rows of the first table are replaced by their names, and new ones stand at its end', () => {
  const before = [
    '# Title',
    '',
    '| what | measured |',
    '|---|---|',
    '| a | 1 |',
    '| b | 2 |',
    '',
    '## More',
    '',
    '| a | 3 |',
  ];
  const after = [
    '# Title',
    '',
    '| what | measured |',
    '|---|---|',
    '| a | 9 |',
    '| b | 2 |',
    '| c | 4 |',
    '',
    '## More',
    '',
    '| a | 3 |',
  ];
  expect(
    withRows(before.join('\n'), [
      ['a', '9'],
      ['c', '4'],
    ]),
  ).toBe(after.join('\n'));
});
