// Turns a file's quantisation into the options of the command line that repeat it.
import { fileArgument } from '../base/files/shell-word.ts';
import type { ExportedPlan, ImatrixSource } from '../store/exports.ts';

type Quantised = NonNullable<ExportedPlan['quantised']>;

/** Options of `winnow prune`, the type and the importance matrix first. */
export function quantiseWords({ type, rules, imatrix, allowRequantize }: Quantised): string[] {
  return [
    ...['--type', type],
    ...(imatrix === null ? [] : ['--imatrix', fileArgument(imatrix)]),
    ...ruleWords(rules),
    ...(allowRequantize ? ['--allow-requantize'] : []),
  ];
}

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
