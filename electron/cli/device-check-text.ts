// The result of `winnow doctor --gpu`, as lines and as a document.
import { scoresAgree } from '../engine/measure/sample/check-devices.ts';
import type { DeviceAgreement, DeviceCheck } from '../engine/measure/sample/check-devices.ts';

/** Whether there is a graphics device and each one computes the same as the CPU. */
export function allAgree({ devices }: DeviceCheck): boolean {
  return devices.length > 0 && devices.every(({ agreement }) => agreement?.agrees === true);
}

/** Returns the result as JSON. */
export function deviceCheckDocument(check: DeviceCheck): unknown {
  const scores = ({ scores: difference, keptHalf, keptQuarter }: DeviceAgreement['withoutFusion']): unknown => ({
    score_difference: difference,
    kept_half: keptHalf,
    kept_quarter: keptQuarter,
  });
  return {
    tokens: check.tokens,
    cpu_tokens_per_second: check.cpuTokensPerSecond,
    agrees: allAgree(check),
    devices: check.devices.map(({ agreement, failure, ...device }) => ({
      ...device,
      agrees: agreement?.agrees ?? false,
      failure: failure?.message ?? null,
      ...(agreement && {
        tokens_per_second: agreement.tokensPerSecond,
        ...(scores(agreement) as object),
        perplexity_difference: agreement.perplexity,
        preview_perplexity_difference: agreement.previewPerplexity,
        kl_mean: agreement.klMean,
        without_fusion: scores(agreement.withoutFusion),
      }),
    })),
  };
}

/** Returns a line with agreement and speed for each device, and the verdict. */
export function deviceCheckLines(check: DeviceCheck): string[] {
  if (check.devices.length === 0) {
    return ['verdict     no graphics card answers: nothing was checked, and everything runs on the CPU'];
  }
  const differing = check.devices.filter(({ agreement }) => agreement?.agrees !== true).map(({ name }) => name);
  return [
    ...check.devices.flatMap((device) => deviceLines(device, check)),
    differing.length === 0
      ? `verdict     ${check.devices.map(({ name }) => name).join(', ')}: the same results as the CPU, except for rounding`
      : `verdict     ${differing.join(', ')}: not the CPU's results; score and measure with --gpu off`,
  ];
}

function deviceLines({ name, agreement, failure }: DeviceCheck['devices'][number], check: DeviceCheck): string[] {
  if (failure) return [`agreement   ${name}: failed. ${failure.message}`];
  const { tokensPerSecond: speed, withoutFusion } = agreement;
  const ratio = speed / check.cpuTokensPerSecond;
  return [
    `agreement   ${name}: ${agreementText(agreement)}; without fused kernels ${scoresText(withoutFusion)}${causeText(agreement)}`,
    `speed       ${name}: ${speed.toFixed(0)} tokens/s, the CPU ${check.cpuTokensPerSecond.toFixed(0)}: ${ratio.toFixed(ratio < 10 ? 2 : 0)} times as fast, on the small sample`,
  ];
}

function agreementText(agreement: DeviceAgreement): string {
  const { perplexity, previewPerplexity } = agreement;
  return `${scoresText(agreement)}; perplexity ${signedPercent(perplexity)}, with half of the experts ${signedPercent(previewPerplexity)}`;
}

function scoresText({ scores, keptHalf, keptQuarter }: DeviceAgreement['withoutFusion']): string {
  return `scores within ${percent(scores)}, ${percent(keptHalf)} of the same experts kept at half, ${percent(keptQuarter)} at a quarter`;
}

function causeText(agreement: DeviceAgreement): string {
  return !scoresAgree(agreement) && scoresAgree(agreement.withoutFusion)
    ? '. The fused kernels are the cause: GGML_CUDA_DISABLE_FUSION=1, GGML_VK_DISABLE_FUSION=1 and GGML_METAL_FUSION_DISABLE=1 turn them off'
    : '';
}

const percent = (share: number): string => `${(100 * share).toFixed(2).replace(/\.?0+$/, '')} %`;

const signedPercent = (share: number): string => `${share < 0 ? '-' : '+'}${percent(Math.abs(share))}`;
