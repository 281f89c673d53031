// Everything that the view shows of what a plan's model and its variants wrote.
import { useMemo } from 'react';
import type { Domain } from '../../../../electron/contract/api/demos.ts';
import type { Generation, GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import type { Run } from '../../../../electron/contract/api/runs.ts';
import { useCall } from '../../../state/calls.ts';
import { useJobs } from '../../../state/jobs.ts';
import { shownSet } from '../largest-sets.ts';
import type { Proof } from '../use-proof.ts';
import { variantKey } from '../variants.ts';
import { checkedSets, domainKey, isFullModel, samplingKey, type CheckedSet } from './checked-sets.ts';
import { compareAnswers, type ComparedAnswers } from './compared-answers.ts';
import { useGenerationChoices } from './generation-choices.ts';

export type PromptSource = Pick<Domain, 'id' | 'name' | 'demos'> & {
  readonly inDomain: boolean;
  /** Of its demos, as many as the plan's runs scored: they are no prompts. */
  readonly scored: number;
  readonly isChosen: boolean;
};

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
    const compare = (sampling: GenerationSampling): ComparedAnswers => compareAnswers(shownRows, sampling, keys, domains); // prettier-ignore
    const compared = (set?.samplings ?? []).map(compare);
    const shown = compared.find(({ sampling }) => samplingKey(sampling) === choices.samplingKey) ?? compared[0];
    return { sources, rows, sets, set, compared, shown };
  }, [generations, demoSets, runs, plan, domains, variants, choices, lastIds]);
}

/**
 * Without a choice: the plan's own domains as far as prompts are left there, what was checked before, and one other set, so
 * that it is seen what is lost.
 */
function promptSources(
  demoSets: readonly Domain[],
  domains: readonly string[],
  planRuns: readonly Run[],
  rows: readonly Generation[],
  chosen: Readonly<Record<string, boolean>>,
): PromptSource[] {
  const sources = demoSets
    .filter(({ demos }) => demos > 0)
    .map(({ id, name, demos }) => {
      const scored = planRuns
        .filter(({ domain }) => domain === name)
        .reduce((most, run) => Math.max(most, run.demos), 0);
      return { id, name, demos, scored: Math.min(scored, demos), inDomain: domains.includes(name) };
    })
    .toSorted((a, b) => Number(b.inDomain) - Number(a.inDomain));
  const wasChecked = ({ id }: { readonly id: number }): boolean => rows.some(({ domainId }) => domainId === id);
  const other = sources.find((source) => !source.inDomain && wasChecked(source)) ?? sources.find(({ inDomain }) => !inDomain); // prettier-ignore
  return sources.map((source) => {
    const isUsual = source === other || wasChecked(source) || source.inDomain;
    return { ...source, isChosen: chosen[source.id] ?? (isUsual && source.scored < source.demos) };
  });
}
