// Linux arm64's Node and Winnow's native part for it, on qemu: this checkout, where the packed tree alone is not enough.
import { describe, expect, inject, test } from 'vitest';
import { THOROUGH } from '../setup/thorough.ts';
import { emulated } from './foreign.ts';
import { pruneSample } from './sample-flow.ts';

describe.runIf(THOROUGH && inject('emulated').includes('linux-arm64'))('Linux arm64 on qemu', () => {
  test('prunes the sample to the same bytes as this system', async () => {
    const { hash } = await pruneSample(emulated('linux-arm64'), { evaluate: false });
    expect(hash).toBe(inject('here')?.hash);
  });
});
