// The form of an action, and the actions of the current screen.
import type { TFunction } from 'i18next';
import type { LucideIcon } from 'lucide-react';
import { useEffect } from 'react';
import { create } from 'zustand';

export const ACTION_GROUPS = ['screen', 'go', 'do', 'place', 'view'] as const;
type ActionGroup = (typeof ACTION_GROUPS)[number];

export type Action = {
  readonly id: string;
  readonly group: ActionGroup;
  readonly label: (t: TFunction) => string;
  /** Further words that find it. */
  readonly words?: (t: TFunction) => string;
  readonly icon: LucideIcon;
  /** Key combinations such as "Mod+K"; the first is shown. */
  readonly keys?: readonly string[];
  /** The action is left out if it can do nothing now. */
  readonly isAvailable?: () => boolean;
  readonly perform: () => void | Promise<void>;
};

type ShownActions = { readonly lists: readonly (readonly Action[])[] };

const useShown = create<ShownActions>()(() => ({ lists: [] }));

/** Adds the commands of a screen while it is mounted. */
export function useScreenActions(actions: readonly Omit<Action, 'group'>[]): void {
  useEffect(() => {
    const own = actions.map((action): Action => ({ ...action, group: 'screen' }));
    useShown.setState(({ lists }) => ({ lists: [...lists, own] }));
    return () => useShown.setState(({ lists }) => ({ lists: lists.filter((list) => list !== own) }));
  });
}

export function shownScreenActions(): readonly Action[] {
  return useShown.getState().lists.flat();
}
