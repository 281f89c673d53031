// A file's quantisation in words: the options of the command line, and its importance matrix.
import type { ExportedPlan, ImatrixSource } from '../store/exports.ts';

type Quantised = NonNullable<ExportedPlan['quantised']>;

/** Options for the types of parts of the model. */
export function ruleWords({
  tensors = [],
  firstLayers,
  lastLayers,
  attention,
  sharedExperts,
  embeddings,
  output,
}: Quantised['rules']): string[] {
  return [
    ...tensors.flatMap(({ pattern, type }) => ['--tensor-type', `${pattern}=${type}`]),
    ...(firstLayers ? ['--first-layers', `${firstLayers.count}=${firstLayers.type}`] : []),
    ...(lastLayers ? ['--last-layers', `${lastLayers.count}=${lastLayers.type}`] : []),
    ...(attention ? ['--attention-type', attention] : []),
    ...(sharedExperts ? ['--shared-experts-type', sharedExperts] : []),
    ...(embeddings ? ['--token-embedding-type', embeddings] : []),
    ...(output ? ['--output-tensor-type', output] : []),
  ];
}

/** Where an importance matrix comes from: "code.imatrix.gguf (run 3: code, 12 chunks, 42 of 42 weights)". */
export function imatrixText({ name, runId, datasets, chunks, covered }: ImatrixSource): string {
  const about = [
    ...datasets,
    ...(chunks === null ? [] : [`${chunks} chunks`]),
    ...(covered ? [`${covered.weights} of ${covered.of} weights`] : []),
  ].join(', ');
  const from = runId === null ? about : `run ${runId}${about === '' ? '' : `: ${about}`}`;
  return from === '' ? name : `${name} (${from})`;
}
