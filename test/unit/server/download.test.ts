import { describe, expect, it } from 'vitest';
import { parseRange } from '../../../electron/server/download.ts';

describe('what a request asks of a file of 10 bytes', () => {
  it.each([
    [undefined, null],
    ['bytes=0-', { start: 0, end: 9 }],
    ['bytes=4-', { start: 4, end: 9 }],
    ['bytes=4-6', { start: 4, end: 6 }],
    ['bytes=4-99', { start: 4, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=-0', 'none'],
    ['bytes=10-', 'none'],
    ['bytes=99999999999999999999-', 'none'],
    // nothing that is answered by a part
    ['bytes=6-4', null],
    ['bytes=-', null],
    ['bytes=0-1,3-4', null],
    ['lines=0-1', null],
    ['', null],
  ] as const)('%s', (header, range) => {
    expect(parseRange(header, 10)).toEqual(range);
  });

  it('an empty file has no bytes to give', () => {
    expect(parseRange('bytes=0-', 0)).toBe('none');
    expect(parseRange(undefined, 0)).toBeNull();
  });
});
