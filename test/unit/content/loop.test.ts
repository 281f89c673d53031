import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findLoop,
  loopBytes,
  LINE_LOOP_BYTES,
  LOOP_BYTES,
  LOOP_REPEATS,
  QUIET_LOOP_BYTES,
} from '../../../electron/engine/base/content/loop.ts';

const PROSE = 'The harbour lies north of the old town. Boats leave at seven, and again at noon when the tide is high. ';

describe('loops', () => {
  test.each([
    ['a sentence', 'I am not sure about this. ', 8],
    ['a word', 'the ', 60],
    ['a paragraph', `${PROSE}It takes an hour.\n\n`, 4],
    ['rows with the same cells', '| Anna | 12 | yes |\n', 12],
    ['Japanese', 'この関数は値を返します。', 6],
    ['code', '    if (x > 0) {\n        return x;\n    }\n', 6],
    ['a counter that stands still', 'Step 1: add the numbers.\n', 9],
  ])('%s over and over', (_, unit, times) => {
    const loop = findLoop(`${PROSE}\n${unit.repeat(times)}`);
    expect(loop?.unit).toBe(unit);
    expect(loop?.repeats).toBeCloseTo(times, 0);
  });

  test('the last time may be cut, and the loop may begin within what came before', () => {
    const loop = findLoop(`Well. ${'I do not know. '.repeat(12)}I do n`);
    expect(loop?.repeats).toBeGreaterThan(12);
    expect(loop?.repeats).toBeLessThan(13);
  });

  test('the unit reads from the beginning of a line or a word', () => {
    expect(findLoop(`She worked.\n${'So she worked.\n'.repeat(12)}`)?.unit).toBe('So she worked.\n');
    expect(findLoop(`Is this.${' I am not sure about this.'.repeat(8)}`)?.unit).toBe('I am not sure about this. ');
  });

  test('a long unit is cut for display', () => {
    const long = Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n');
    const loop = findLoop(long.repeat(3));
    expect(loop?.repeats).toBe(3);
    expect(loop?.unit).toHaveLength(200);
  });

  test('what says nothing has to go on for longer', () => {
    for (const unit of ['-', '=-', '\n', '0, ', '| --- ', ' 0', 'a']) {
      const repeated = (bytes: number): string => unit.repeat(Math.ceil(bytes / unit.length));
      expect(findLoop(PROSE + repeated(QUIET_LOOP_BYTES - 20)), unit).toBeNull();
      expect(findLoop(PROSE + repeated(QUIET_LOOP_BYTES + 40)), unit).not.toBeNull();
    }
  });

  test('a quiet stretch at the end does not hide a loop around it', () => {
    expect(findLoop(`Chapter of the book\n${'-'.repeat(130)}\n`.repeat(5).trimEnd())).toMatchObject({
      repeats: expect.closeTo(5, 1) as number,
    });
  });
});

describe('a line three times in a row', () => {
  const LINE = 'So he has 3 * 4 = 12 apples.';

  test.each([
    ['at the end', `${PROSE}\n${LINE}\n${LINE}\n${LINE}`],
    ['before the answer', `${PROSE}\n${LINE}\n${LINE}\n${LINE}\n#### 12`],
    ['with blank lines between', `${LINE}\n\n${LINE}\n\n  ${LINE}\n\nThat is all.`],
  ])('%s', (_, text) => expect(findLoop(text)).toEqual({ unit: LINE, repeats: 3 }));

  test('the one that is said most often is told', () => {
    expect(findLoop(`${`${LINE}\n`.repeat(3)}or\n${'Or he has 13 of them in all.\n'.repeat(4)}#### 13`)).toEqual({
      unit: 'Or he has 13 of them in all.',
      repeats: 4,
    });
  });

  test.each([
    ['twice', `${LINE}\n${LINE}\n#### 12`],
    ['three times, but not in a row', `${LINE}\nNo.\n${LINE}\nNo.\n${LINE}\nYes.`],
    ['a short one', `${'x'.repeat(LINE_LOOP_BYTES - 2)}y\n`.repeat(3)],
    ['a row of a table', '| January | not measured yet | none |\n'.repeat(3)],
    ['a ruler', `${'-'.repeat(40)}\n`.repeat(3)],
    ['markup', '/// <reference types="node" />\n'.repeat(3)],
  ])('is none: %s', (_, text) => expect(findLoop(text)).toBeNull());

  test('no demo’s own answer has one', () => {
    const folder = fileURLToPath(new URL('../../../resources/sample/demos/', import.meta.url));
    const loops = readdirSync(folder).flatMap((name) =>
      readFileSync(folder + name, 'utf8')
        .trim()
        .split('\n')
        .flatMap((line) => Object.values(JSON.parse(line) as Record<string, string>))
        .filter((part) => findLoop(part)),
    );
    expect(loops).toEqual([]);
  });
});

describe('no loops', () => {
  test.each([
    ['nothing', ''],
    ['a short answer', 'Yes. Yes. Yes.'],
    ['a refrain sung twice', `${PROSE}${PROSE}`],
    ['a ruler', `Results\n${'='.repeat(79)}\n`],
    [
      'a table',
      `| city | people |\n|---|---|\n${Array.from({ length: 40 }, (_, i) => `| town ${i} | ${i * 7919} |`).join('\n')}`,
    ],
    ['a list', Array.from({ length: 50 }, (_, i) => `- item ${i + 1}`).join('\n')],
    ['rows of zeros', `[${'0, '.repeat(60)}0]`],
    ['open tasks', '- [ ] \n'.repeat(20)],
    ['six equal rows', `${PROSE}${'| done | yes |\n'.repeat(6)}`],
    ['a loop that was left', `${'I am not sure about this. '.repeat(20)}So the answer is 42, since both sides agree.`],
  ])('%s', (_, text) => expect(findLoop(text)).toBeNull());

  test('no text of the sample loops, wherever it is cut', () => {
    const folder = fileURLToPath(new URL('../../../resources/sample/eval/', import.meta.url));
    const loops = readdirSync(folder).flatMap((name) => {
      const text = readFileSync(folder + name, 'utf8');
      return Array.from({ length: 200 }, (_, i) => text.slice(i * 140, i * 140 + 1500)).filter((part) =>
        findLoop(part),
      );
    });
    expect(loops).toEqual([]);
  });
});

type Found = NonNullable<ReturnType<typeof findLoop>>;

/** To the end, as often as is said. */
function isEnd(text: string, { unit, repeats }: Found): boolean {
  const bytes = Buffer.from(text);
  const period = Buffer.byteLength(unit);
  const tail = bytes.subarray(bytes.length - Math.floor(repeats * period + 1e-6));
  return tail.length - period >= LOOP_BYTES && tail.subarray(period).equals(tail.subarray(0, tail.length - period));
}

/** Whole lines, one right after the other. */
function isLines(text: string, { unit, repeats }: Found): boolean {
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  const run = Array<string>(repeats).fill(unit);
  return Buffer.byteLength(unit) >= LINE_LOOP_BYTES && `\n${lines.join('\n')}\n`.includes(`\n${run.join('\n')}\n`);
}

test('whatever is found stands as often as is said, and every plain repetition is found', () => {
  const unit = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n'), minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), unit, fc.integer({ min: 1, max: 400 }), (before, part, times) => {
      const text = before + part.repeat(times);
      const loop = findLoop(text);
      if (loop) {
        expect(loop.repeats).toBeGreaterThanOrEqual(LOOP_REPEATS);
        expect(isEnd(text, loop) || isLines(text, loop)).toBe(true);
      } else {
        const redundant = part.length * (times - 1);
        const quiet = new Set(part.match(/[ab]/g)).size < 2;
        expect(times >= LOOP_REPEATS && redundant >= (quiet ? QUIET_LOOP_BYTES : LOOP_BYTES)).toBe(false);
      }
    }),
  );
});

test('a loop’s bytes are those after its first time', () => {
  const unit = 'I am not sure about this. ';
  expect(loopBytes(`${PROSE}\n${unit.repeat(50)}`)).toBe(49 * unit.length);
  expect(loopBytes(PROSE)).toBe(0);
});
