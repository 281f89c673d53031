// The stored selection that says what the draft says.
import { useMemo } from 'react';
import { selectionRequestSchema, type Selection } from '../../../electron/contract/api/selections.ts';
import { callEngine, useCall } from '../../state/calls.ts';
import { choose } from '../../state/trail.ts';
import { useDraft, type Draft } from './draft.ts';

export type SavedSelection = {
  /** undefined: the draft was not saved as it is. */
  readonly selection: Selection | undefined;
  /**
   * Stores the draft unless it is stored already, and chooses the selection.
   * @throws WinnowError as choosing does
   */
  readonly save: () => Promise<Selection>;
};

export function useSavedSelection(draft: Draft, modelId: string | null): SavedSelection {
  const selections = useCall('selections.list', { modelId }).data;
  return useMemo(() => {
    // selections come parsed from the engine: the parsed form has its keys in one order
    const text = JSON.stringify(selectionRequestSchema.parse(draft));
    const selection = selections?.find(({ request }) => JSON.stringify(request) === text);
    const save = async (): Promise<Selection> => {
      const known = selection ?? (await callEngine('selections.save', { request: draft, name: '' }));
      useDraft.setState({ selectionId: known.id });
      choose({ selectionId: known.id });
      return known;
    };
    return { selection, save };
  }, [selections, draft]);
}
