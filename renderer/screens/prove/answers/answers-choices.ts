// What is to be checked, and what is being viewed: it outlives the screen.
import { create } from 'zustand';
import { GENERATION_CHECKS, type GenerationCheck } from '../../../../electron/contract/generation-checks.ts';
import { useViewState } from '../../../state/settings.ts';
import { effortSchema, type Effort } from './effort.ts';

type AnswersChoices = {
  /** Whether a demo set provides prompts, by id; for the other sets the default applies. */
  readonly domains: Readonly<Record<string, boolean>>;
  /** The set of checks that is shown; null: the latest. */
  readonly setKey: string | null;
  /** The way of sampling that is shown; null: the first. */
  readonly samplingKey: string | null;
  /** The job that was last started here. */
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

/** Returns how much to write. The default is little, since writing is slow. */
export function useEffort(): [Effort, (effort: Effort) => void] {
  return useViewState('prove.generation', effortSchema, { prompts: 20, tokens: 256, samples: 0, temperature: 0.6 });
}

/** Filters for the examples; `all`: whatever was found. */
export const EXAMPLE_FILTERS = ['all', ...GENERATION_CHECKS] as const;
export type ExampleFilter = 'all' | GenerationCheck;
