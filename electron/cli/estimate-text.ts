// What a run will need, as the command line prints it before the model is loaded.
import { displayBytes } from '../contract/display-bytes.ts';
import type { ScoringEstimate, EstimateWarning } from '../contract/api/runs.ts';
import { formatSeconds, table } from './output.ts';

/** Returns lines on tokens, placement, memory by device, bytes read and time, with a note for each warning. */
export function estimateText(estimate: ScoringEstimate): string {
  const { demos, tokens, ubatches, nUbatch, nSlice, kvType, readBytes, seconds, isRough } = estimate;
  const sliced = nSlice < nUbatch ? `, experts for ${nSlice} at once` : '';
  const passes = ubatches === 1 ? 'in one pass' : `in ${ubatches} passes of up to ${nUbatch}`;
  const rows = estimate.memory.map(({ device, weightsBytes, kvBytes, computeBytes, availableBytes }) => [
    device,
    ...[weightsBytes, kvBytes, computeBytes, availableBytes].map(displayBytes),
  ]);
  return [
    `${demos} ${demos === 1 ? 'demo' : 'demos'}, ${tokens} tokens ${passes}${sliced}; KV cache in ${kvType}.`,
    placedText(estimate),
    table(['memory', 'weights', 'KV cache', 'buffers', 'available'], rows),
    `From disk: ${displayBytes(readBytes)}.`,
    `Takes about ${formatSeconds(seconds)}${isRough ? ', a rough guess for a machine of this kind' : ''}.`,
    ...estimate.warnings.map((warning) => `Note: ${warningText(warning)}`),
  ].join('\n');
}

function placedText({ layers: { all, offloaded, moe, hostExperts }, memory }: ScoringEstimate): string {
  if (offloaded === 0) return `All ${all} layers are computed on the CPU.`;
  const kinds = new Set(memory.map(({ kind }) => kind));
  const where = [...(kinds.has('gpu') ? ['the GPU'] : []), ...(kinds.has('machine') ? ['other machines'] : [])].join(
    ' and ',
  );
  const layers = offloaded === all ? `All ${all} layers are` : `The last ${offloaded} of ${all} layers are`;
  const experts =
    hostExperts === 0 ? '' : `; the experts of ${hostExperts} of ${moe} MoE layers stay in RAM or on disk`;
  return `${layers} on ${where}${experts}.`;
}

function warningText(warning: EstimateWarning): string {
  switch (warning.key) {
    case 'readAgain':
      return `the model does not fit in memory, so each of the ${warning.ubatches} passes reads ${displayBytes(warning.bytes)} from disk.`;
    case 'tooSmall':
      return `${warning.device} has ${displayBytes(warning.availableBytes)} available, but ${displayBytes(warning.neededBytes)} must fit at once. Use a smaller --ubatch, or shorter demos with --max-tokens.`;
    case 'windowed':
      return `${warning.demos} of the demos are longer than the model’s context: their tokens are all read, in windows of ${warning.tokens}.`;
    case 'readFirst':
      return `Winnow has not read this model yet: it first reads all ${displayBytes(warning.bytes)} once, to recognise it later.`;
  }
}
