// The stored plan that says what the draft says.
import { useMemo } from 'react';
import { selectionSchema, type Plan } from '../../../electron/contract/api/plans.ts';
import { callEngine, useCall } from '../../state/calls.ts';
import { choose } from '../../state/trail.ts';
import { useDraft, type Draft } from './draft.ts';

export type SavedPlan = {
  /** undefined: the draft was not saved as it is. */
  readonly plan: Plan | undefined;
  /**
   * Stores the draft unless it is stored already, and chooses the plan.
   * @throws WinnowError as choosing does
   */
  readonly save: () => Promise<Plan>;
};

export function useSavedPlan(draft: Draft, modelId: string | null): SavedPlan {
  const plans = useCall('plans.list', { modelId }).data;
  return useMemo(() => {
    // plans come parsed from the engine: the parsed form has its keys in one order
    const text = JSON.stringify(selectionSchema.parse(draft));
    const plan = plans?.find(({ selection }) => JSON.stringify(selection) === text);
    const save = async (): Promise<Plan> => {
      const known = plan ?? (await callEngine('plans.save', { selection: draft, name: '' }));
      useDraft.setState({ planId: known.id });
      choose({ planId: known.id });
      return known;
    };
    return { plan, save };
  }, [plans, draft]);
}
