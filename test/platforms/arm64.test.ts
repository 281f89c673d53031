// Linux arm64's Node and Winnow's native part for it, on qemu.
import { beforeAll, describe, expect, test } from 'vitest';
import { because, HERE, missing, prepare, type System } from './foreign.ts';
import { pruneSample } from './sample-flow.ts';

const reason = missing('linux-arm64');

describe.skipIf(reason !== null)(`Linux arm64 on qemu${because(reason)}`, () => {
  let arm64: System;
  beforeAll(async () => {
    arm64 = await prepare('linux-arm64');
  });

  test('prunes the sample to the same bytes as this system', async () => {
    const here = await pruneSample(HERE, { evaluate: false });
    expect(await pruneSample(arm64, { evaluate: false })).toEqual(here);
  });
});
