// What is to be measured, and what is being viewed: it outlives the screen.
import { create } from 'zustand';
import { z } from 'zod';
import { USUAL_CHUNKS } from '../../../../electron/contract/api/evaluations.ts';
import { useViewState } from '../../../state/settings.ts';

type ProveChoices = {
  /** Whether variants and texts are to be compared, by key; the default applies to the others. */
  readonly variants: Readonly<Record<string, boolean>>;
  readonly texts: Readonly<Record<string, boolean>>;
  /** The set of measurements that is shown; null: the latest. */
  readonly setKey: string | null;
  /** The variant that explains itself in the inspector. */
  readonly selected: string | null;
  /** The job that was last started here. */
  readonly jobId: number | null;
};

export const useProveChoices = create<ProveChoices>()(() => ({
  variants: {},
  texts: {},
  setKey: null,
  selected: null,
  jobId: null,
}));

export function chooseVariant(key: string, isChosen: boolean): void {
  useProveChoices.setState(({ variants }) => ({ variants: { ...variants, [key]: isChosen } }));
}

export function chooseText(key: string, isChosen: boolean): void {
  useProveChoices.setState(({ texts }) => ({ texts: { ...texts, [key]: isChosen } }));
}

export const CONTEXTS = [256, 512, 1024, 2048, 4096] as const;
/** 0: the whole text. */
export const CHUNKS = [4, 8, USUAL_CHUNKS, 32, 0] as const;

const amountSchema = z.object({ ctx: z.literal(CONTEXTS), chunks: z.literal(CHUNKS) });
type Amount = z.infer<typeof amountSchema>;

/** Returns how much of each text is measured. */
export function useAmount(): [Amount, (amount: Amount) => void] {
  return useViewState('prove.amount', amountSchema, { ctx: 512, chunks: USUAL_CHUNKS });
}
