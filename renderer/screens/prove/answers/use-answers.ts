// Everything that the view shows about what a selection's model and its variants wrote.
import { useMemo } from 'react';
import type { Generation, GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import { useCall } from '../../../state/calls.ts';
import { useMadeIds } from '../proof/job-news.tsx';
import { shownSet } from '../proof/largest-sets.ts';
import { ownAndChosen, type Proof } from '../proof/use-proof.ts';
import { isFullModel, variantKey } from '../proof/variants.ts';
import { useAnswersChoices } from './answers-choices.ts';
import { checkedSets, domainKey, samplingKey, type CheckedSet } from './checked-sets.ts';
import { compareAnswers, type ComparedAnswers } from './compared-answers.ts';
import { promptSources, type PromptSource } from './prompt-sources.ts';

export type Answers = {
  /** Demo sets, those inside the domain first. */
  readonly sources: readonly PromptSource[];
  readonly sets: readonly CheckedSet[];
  /** The set of checks that is shown; undefined: nothing was checked. */
  readonly set: CheckedSet | undefined;
  /** Answers for the chosen demo sets and variants, one entry per way of sampling, greedy first. */
  readonly compared: readonly ComparedAnswers[];
  /** The entry that is shown. */
  readonly shown: ComparedAnswers | undefined;
};

export function useAnswers({ selection, domains, variants, generations }: Proof): Answers {
  const demoSets = useCall('domains.list', {}).data;
  const runs = useCall('runs.list', {}).data;
  const choices = useAnswersChoices();
  const madeIds = useMadeIds(choices.jobId, 'generationIds');
  return useMemo(() => {
    const selectionRuns = (runs ?? []).filter(({ id }) => selection.request?.runIds.includes(id));
    const sources = promptSources(demoSets ?? [], domains, selectionRuns, generations, choices.domains);
    const options = new Set(ownAndChosen(variants).map(({ key }) => key));
    const rows = generations.filter((row) => isFullModel(row) || options.has(variantKey(row)));
    // the full model alone says nothing about the selection
    const sets = checkedSets(rows).filter((set) => !set.rows.every(isFullModel));
    const set = shownSet(sets, choices.setKey, madeIds);
    const isShown = (row: Generation): boolean =>
      sources.find(({ id }) => id === row.domainId)?.isChosen ?? choices.domains[domainKey(row)] ?? true;
    const shownRows = (set?.rows ?? []).filter(isShown);
    const keys = variants.flatMap(({ key, isChosen }) => (isChosen ? [key] : []));
    const compare = (sampling: GenerationSampling): ComparedAnswers =>
      compareAnswers(shownRows, sampling, keys, domains);
    const compared = (set?.samplings ?? []).map(compare);
    const shown = compared.find(({ sampling }) => samplingKey(sampling) === choices.samplingKey) ?? compared[0];
    return { sources, sets, set, compared, shown };
  }, [generations, demoSets, runs, selection, domains, variants, choices, madeIds]);
}
