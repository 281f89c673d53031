// What is to be checked, and what is looked at: it outlives the screen.
import { create } from 'zustand';
import { GENERATION_CHECKS, type GenerationCheck } from '../../../../electron/contract/generation-checks.ts';
import { useViewState } from '../../../state/settings.ts';
import { effortSchema, type Effort } from './effort.ts';

type AnswersChoices = {
  /** Whether a demo set gives prompts, by id; the others are as they come. */
  readonly domains: Readonly<Record<string, boolean>>;
  /** The set of checks that is shown; null: the latest. */
  readonly setKey: string | null;
  /** Which way of sampling is shown; null: the first. */
  readonly samplingKey: string | null;
  /** Started here last. */
  readonly jobId: number | null;
};

export const useAnswersChoices = create<AnswersChoices>()(() => ({
  domains: {},
  setKey: null,
  samplingKey: null,
  jobId: null,
}));

export function chooseDomain(id: number, isChosen: boolean): void {
  useAnswersChoices.setState(({ domains }) => ({ domains: { ...domains, [id]: isChosen } }));
}

/** How much is written. Little at first: writing is slow. */
export function useEffort(): [Effort, (effort: Effort) => void] {
  return useViewState('prove.generation', effortSchema, { prompts: 20, tokens: 256, samples: 0, temperature: 0.6 });
}

/** Which examples are looked at; `all`: whatever was found. */
export const EXAMPLE_FILTERS = ['all', ...GENERATION_CHECKS] as const;
export type ExampleFilter = 'all' | GenerationCheck;
