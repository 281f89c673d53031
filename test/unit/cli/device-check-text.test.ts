import { expect, test } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { allAgree, deviceCheckDocument, deviceCheckLines } from '../../../electron/cli/device-check-text.ts';
import type { DeviceAgreement, DeviceCheck } from '../../../electron/engine/measure/sample/check-devices.ts';

const SAME = { scores: 0.004, keptHalf: 1, keptQuarter: 0.98 };
const OTHER = { scores: 0.4, keptHalf: 0.7, keptQuarter: 0.5 };
const GOOD: DeviceAgreement = {
  ...SAME,
  perplexity: 0.0016,
  previewPerplexity: -0.002,
  klMean: 1e-5,
  agrees: true,
};

function check(...devices: Partial<DeviceAgreement>[]): DeviceCheck {
  return {
    tokens: 768,
    devices: devices.map((changes, i) => ({
      name: `CUDA${i}`,
      description: 'a card',
      backend: 'CUDA',
      agreement: { ...GOOD, ...changes },
      failure: null,
    })),
  };
}

test('without a device nothing is proven', () => {
  expect(deviceCheckLines(check())).toEqual([expect.stringContaining('nothing was checked')]);
  expect(allAgree(check())).toBe(false);
  expect(deviceCheckDocument(check())).toMatchObject({ agrees: false, devices: [] });
});

test('a device that agrees: how closely, and the verdict', () => {
  const lines = deviceCheckLines(check({}));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('CUDA0: scores within 0.4 %, 100 % of the same experts kept at half, 98 % at a quarter');
  expect(lines[0]).toContain('perplexity +0.16 %, with half of the experts -0.2 %');
  expect(lines[1]).toBe('verdict     CUDA0: the same results as the CPU, except for rounding');
  expect(allAgree(check({}))).toBe(true);
});

test('the one that differs is named', () => {
  const differs = check({}, { ...OTHER, agrees: false });
  expect(allAgree(differs)).toBe(false);
  expect(deviceCheckLines(differs).at(-1)).toContain("CUDA1: not the CPU's results");
});

test('a device that fails is not one that agrees', () => {
  const failure = new WinnowError('OUT_OF_MEMORY', 'There is no room.');
  const device = { name: 'Vulkan0', description: 'a card', backend: 'Vulkan', agreement: null, failure };
  const failed: DeviceCheck = { ...check({}), devices: [device] };
  expect(allAgree(failed)).toBe(false);
  expect(deviceCheckLines(failed)[0]).toBe('agreement   Vulkan0: failed. There is no room.');
  expect(deviceCheckDocument(failed)).toMatchObject({ devices: [{ agrees: false, failure: 'There is no room.' }] });
});
