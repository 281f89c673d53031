// The result of `winnow doctor --gpu`, as lines and as a document.
import type { DeviceAgreement, DeviceCheck } from '../engine/measure/sample/check-devices.ts';

/** Whether there is a graphics device and each one computes the same as the CPU. */
export function allAgree({ devices }: DeviceCheck): boolean {
  return devices.length > 0 && devices.every(({ agreement }) => agreement?.agrees === true);
}

/** Returns the result as JSON. */
export function deviceCheckDocument(check: DeviceCheck): unknown {
  return {
    tokens: check.tokens,
    agrees: allAgree(check),
    devices: check.devices.map(({ agreement, failure, ...device }) => ({
      ...device,
      agrees: agreement?.agrees ?? false,
      failure: failure?.message ?? null,
      ...(agreement && {
        score_difference: agreement.scores,
        kept_half: agreement.keptHalf,
        kept_quarter: agreement.keptQuarter,
        perplexity_difference: agreement.perplexity,
        preview_perplexity_difference: agreement.previewPerplexity,
        kl_mean: agreement.klMean,
      }),
    })),
  };
}

/** Returns a line for each device, and the verdict. */
export function deviceCheckLines(check: DeviceCheck): string[] {
  if (check.devices.length === 0) {
    return ['verdict     no graphics card answers: nothing was checked, and everything runs on the CPU'];
  }
  const differing = check.devices.filter(({ agreement }) => agreement?.agrees !== true).map(({ name }) => name);
  return [
    ...check.devices.map(deviceLine),
    differing.length === 0
      ? `verdict     ${check.devices.map(({ name }) => name).join(', ')}: the same results as the CPU, except for rounding`
      : `verdict     ${differing.join(', ')}: not the CPU's results; score and measure with --gpu off`,
  ];
}

function deviceLine({ name, agreement, failure }: DeviceCheck['devices'][number]): string {
  return `agreement   ${name}: ${failure ? `failed. ${failure.message}` : agreementText(agreement)}`;
}

function agreementText({ scores, keptHalf, keptQuarter, perplexity, previewPerplexity }: DeviceAgreement): string {
  return [
    `scores within ${percent(scores)}, ${percent(keptHalf)} of the same experts kept at half, ${percent(keptQuarter)} at a quarter`,
    `perplexity ${signedPercent(perplexity)}, with half of the experts ${signedPercent(previewPerplexity)}`,
  ].join('; ');
}

const percent = (share: number): string => `${(100 * share).toFixed(2).replace(/\.?0+$/, '')} %`;

const signedPercent = (share: number): string => `${share < 0 ? '-' : '+'}${percent(Math.abs(share))}`;
