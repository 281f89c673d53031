import { describe, expect, it } from 'vitest';
import { findLoop } from '../../../electron/engine/base/content/loop.ts';
import { loopSpan } from '../../../renderer/measures/loop-span.ts';

/** What is marked of a text that the engine finds a loop in: the text before it, and the first unit. */
function marked(text: string, shown = text.length): readonly [string, string] | null {
  const unit = findLoop(text)?.unit;
  const part = text.slice(0, shown);
  const loop = unit === undefined ? null : loopSpan(part, unit);
  return loop && [part.slice(0, loop.start), part.slice(loop.start, loop.start + loop.length)];
}

describe('where a loop stands', () => {
  it('is at the first unit that is repeated to the end', () => {
    expect(marked(`The answer:${' so on and'.repeat(20)} so`)).toEqual(['The answer: ', 'so on and ']);
  });

  it('is found for units of which only the beginning is known', () => {
    const unit = Array.from({ length: 90 }, (_, i) => `${i};`).join('');
    expect(unit.length).toBeGreaterThan(200);
    expect(marked(`Well: ${unit.repeat(3)}`)).toEqual(['Well: ', unit]);
  });

  it('is found in the first part of a text that is cut', () => {
    expect(marked(`One, two.${' abc'.repeat(90)}`, 23)).toEqual(['One, two. ', 'abc ']);
  });

  it('may be in Japanese, and of line breaks', () => {
    expect(marked(`答えは 4${'はい。'.repeat(30)}`)).toEqual(['答えは 4', 'はい。']);
    expect(marked(`a${'\n'.repeat(400)}`)).toEqual(['a', '\n']);
  });

  it('is where a line stands three times, whatever follows', () => {
    const line = 'So he has 3 * 4 = 12 apples.';
    const text = `He buys some.\n${`${line}\n`.repeat(3)}#### 12`;
    const span = loopSpan(text, findLoop(text)?.unit ?? '');
    expect(span && [text.slice(0, span.start), text.slice(span.start, span.end), text.slice(span.end)]).toEqual([
      'He buys some.\n',
      `${line}\n`.repeat(3),
      '#### 12',
    ]);
    // once more, elsewhere, is not of it
    const again = `${text}\nWell: ${line}`;
    expect(loopSpan(again, line)).toEqual(loopSpan(text, line));
    expect(loopSpan(`${line}\n${line}\nand no more`, line)).toBeNull();
  });

  it('is not shown where the kept text ends before it', () => {
    expect(marked(`One, two, three.${' abc'.repeat(90)}`, 12)).toBeNull();
    expect(marked(`One, two.${' abc'.repeat(90)}`, 15)).toBeNull();
    expect(loopSpan('abc one abc two', 'abc ')).toBeNull();
    expect(loopSpan('abc1abc, and so on to the end', 'abc')).toBeNull();
    expect(loopSpan('', 'abc')).toBeNull();
  });
});
