// How far llama.cpp is compiled, by the last line of its build.
import { expect, test } from 'vitest';
import { buildShare } from '../../../renderer/jobs/build-share.ts';

test.each([
  ['Compiling llama.cpp: 12/345', 12 / 345],
  ['Building 40%', 0.4],
  ['Downloading llama.cpp b1234', null],
  ['ends with nothing of 0/0', null],
  ['3/4 and more', null],
  ['', null],
])('%j', (line, share) => {
  expect(buildShare(line)).toBe(share);
});
