// The numbers on offer, with what is known about each.
import type { MachineFit } from '../../../electron/contract/api/selections.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Interval } from '../../../electron/contract/interval.ts';
import { useCall } from '../../state/calls.ts';
import { useContextLength } from '../../state/settings.ts';
import type { Draft } from './draft.ts';
import { measuredAt } from './measured-at.ts';

/** Presets defined by the share of experts that they keep. */
const SHARED = [
  { id: 'threeQuarters', share: 0.75 },
  { id: 'half', share: 0.5 },
  { id: 'quarter', share: 0.25 },
] as const;
type SharedPreset = (typeof SHARED)[number]['id'];

export type Offer = {
  /** Experts kept per layer; null: it cannot be chosen, or is not known yet. */
  readonly keep: number | null;
  /** Size of the file. */
  readonly bytes: number | null;
  readonly measured: Interval | null;
  readonly isChosen: boolean;
};

export type Presets = {
  readonly shared: readonly (Offer & { readonly id: SharedPreset })[];
  readonly machine: Offer & {
    /** null: not known, since the model is not on this machine. */
    readonly fit: MachineFit | null;
  };
  readonly isLoading: boolean;
};

/** Returns a function that says what was measured for choices like the draft that keep this many experts; null: nothing. */
function useMeasured(
  { criterion, mix, tokens = 'all' }: Draft,
  runs: readonly Run[],
): (keep: number | null) => Interval | null {
  const evaluations = useCall('evaluations.list', {}).data ?? [];
  const selections = useCall('selections.list', { modelId: null }).data ?? [];
  const [run] = runs;
  const rows = evaluations.filter((row) => (row.modelId ?? row.modelName) === (run?.modelId ?? run?.modelName));
  const domains = [...new Set(runs.map(({ domain }) => domain))];
  return (keep) =>
    keep === null || run === undefined
      ? null
      : measuredAt({ keep, nExpert: run.nExpert, domains, criterion, mix, tokens }, rows, selections);
}

export function usePresets(draft: Draft, runs: readonly Run[]): Presets {
  const ctx = useContextLength();
  const { runIds, pins, drops, grouping } = draft;
  const limits = { runIds, pins, drops, grouping };
  const steps = useCall('selections.steps', limits, { keepPrevious: true });
  const fit = useCall('selections.fit', { ...limits, ctx }, { keepPrevious: true, isOfFiles: true });
  const measuredWith = useMeasured(draft, runs);
  const chosen = draft.keep.kind === 'count' ? draft.keep.count : null;
  const offer = (keep: number | null, bytes: number | null): Offer => ({
    keep,
    bytes,
    measured: measuredWith(keep),
    isChosen: keep !== null && keep === chosen,
  });
  const shared = SHARED.map(({ id, share }) => {
    const step = steps.data?.find((one) => one.share === share);
    return { id, ...offer(step?.keep ?? null, step?.bytes ?? null) };
  });
  return {
    shared,
    machine: { ...offer(fit.data?.keep ?? null, fit.data?.bytes ?? null), fit: fit.data ?? null },
    isLoading: steps.isPending || fit.isPending,
  };
}
