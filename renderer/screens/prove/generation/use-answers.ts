// Everything that the view shows of what a plan's model and its variants wrote.
import { useMemo } from 'react';
import type { Generation, GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import { useCall } from '../../../state/calls.ts';
import { useJobs } from '../../../state/jobs.ts';
import { shownSet } from '../largest-sets.ts';
import type { Proof } from '../use-proof.ts';
import { variantKey } from '../variants.ts';
import { checkedSets, domainKey, isFullModel, samplingKey, type CheckedSet } from './checked-sets.ts';
import { compareAnswers, type ComparedAnswers } from './compared-answers.ts';
import { useGenerationChoices } from './generation-choices.ts';
import { promptSources, type PromptSource } from './prompt-sources.ts';

export type Answers = {
  /** Demo sets, in domain first. */
  readonly sources: readonly PromptSource[];
  /** Of the plan's model, newest first. */
  readonly rows: readonly Generation[];
  readonly sets: readonly CheckedSet[];
  /** The one that is shown; undefined: nothing was checked. */
  readonly set: CheckedSet | undefined;
  /** Of the chosen demo sets and variants in it, one way of sampling each; greedy first. */
  readonly compared: readonly ComparedAnswers[];
  /** The way that is shown. */
  readonly shown: ComparedAnswers | undefined;
};

const NO_ROWS: readonly Generation[] = [];

export function useAnswers({ plan, domains, variants }: Proof): Answers {
  const generations = useCall('generations.list', {}).data ?? NO_ROWS;
  const demoSets = useCall('domains.list', {}).data;
  const runs = useCall('runs.list', {}).data;
  const choices = useGenerationChoices();
  const lastIds = useJobs()
    .find(({ id }) => id === choices.jobId)
    ?.generationIds.join();
  return useMemo(() => {
    const rows = generations.filter((row) => (row.modelId ?? row.modelName) === (plan.modelId ?? plan.modelName));
    const planRuns = (runs ?? []).filter(({ id }) => plan.selection?.runIds.includes(id));
    const sources = promptSources(demoSets ?? [], domains, planRuns, rows, choices.domains);
    const options = new Set(variants.map(({ key }) => key));
    const sets = checkedSets(rows.filter((row) => isFullModel(row) || options.has(variantKey(row.variant))));
    const set = shownSet(sets, choices.setKey, lastIds?.split(',').map(Number) ?? []);
    const isShown = (row: Generation): boolean =>
      sources.find(({ id }) => id === row.domainId)?.isChosen ?? choices.domains[domainKey(row)] ?? true;
    const shownRows = (set?.rows ?? []).filter(isShown);
    const keys = variants.flatMap(({ key, isChosen }) => (isChosen ? [key] : []));
    const compare = (sampling: GenerationSampling): ComparedAnswers =>
      compareAnswers(shownRows, sampling, keys, domains);
    const compared = (set?.samplings ?? []).map(compare);
    const shown = compared.find(({ sampling }) => samplingKey(sampling) === choices.samplingKey) ?? compared[0];
    return { sources, rows, sets, set, compared, shown };
  }, [generations, demoSets, runs, plan, domains, variants, choices, lastIds]);
}
