// Every command of the window, once: the palette, the cheat sheet, the keyboard and the system's menu are views of this
// list. A screen adds its own with `useScreenActions` while it is shown.
import type { TFunction } from 'i18next';
import {
  Ban,
  Boxes,
  Command,
  FilePlus2,
  FolderPlus,
  Keyboard,
  Moon,
  Package,
  PanelRight,
  Play,
  RefreshCw,
  type LucideIcon,
} from 'lucide-react';
import { useEffect } from 'react';
import { create } from 'zustand';
import { SCREENS } from '../screens/registry.ts';
import { bridge } from '../state/bridge.ts';
import { callEngine, queryClient, callKey } from '../state/calls.ts';
import type { CallResult } from '../../electron/contract/api.ts';
import { JOBS_LIMIT } from '../state/events.ts';
import { go, SCREEN_IDS, STEPS, type ScreenId } from '../state/navigation.ts';
import { changeSettings } from '../state/settings.ts';
import { choose } from '../state/trail.ts';
import { useFrame } from './frame-state.ts';
import { chooseFiles } from './hand-over.ts';
import { INSPECTOR_KEYS, useInspector } from './inspector.tsx';

export const ACTION_GROUPS = ['screen', 'go', 'do', 'view'] as const;
export type ActionGroup = (typeof ACTION_GROUPS)[number];

export type Action = {
  /** Named by the system's menu. */
  readonly id: string;
  readonly group: ActionGroup;
  readonly label: (t: TFunction) => string;
  readonly icon: LucideIcon;
  /** Key combinations such as "Mod+K"; the first is shown. */
  readonly keys?: readonly string[];
  /** Left out where it can do nothing now. */
  readonly isAvailable?: () => boolean;
  readonly perform: () => void | Promise<void>;
};

/** Where no number is left. */
const OTHER_KEYS: Partial<Readonly<Record<ScreenId, string>>> = { runs: 'Mod+8', settings: 'Mod+,' };

const goActions: readonly Action[] = SCREEN_IDS.map((screen) => {
  const step = STEPS.findIndex((id) => id === screen);
  return {
    id: `go-${screen}`,
    group: 'go',
    label: (t) => t(`frame.screen.${screen}`),
    icon: SCREENS[screen].icon,
    keys: [OTHER_KEYS[screen] ?? `Mod+${step + 1}`],
    perform: () => go(screen),
  };
});

function runningJobId(): number | undefined {
  const jobs = queryClient.getQueryData<CallResult<'jobs.list'>>(callKey('jobs.list', { limit: JOBS_LIMIT }));
  return jobs?.find(({ state }) => state === 'running')?.id;
}

const isDesktop = (): boolean => bridge().host === 'desktop';

const doActions: readonly Action[] = [
  {
    id: 'open-model',
    group: 'do',
    label: (t) => t('frame.action.openModel'),
    icon: Boxes,
    keys: ['Mod+O'],
    isAvailable: isDesktop,
    perform: () => chooseFiles('model'),
  },
  {
    id: 'add-folder',
    group: 'do',
    label: (t) => t('frame.action.addFolder'),
    icon: FolderPlus,
    isAvailable: isDesktop,
    perform: () => chooseFiles('folder'),
  },
  {
    id: 'add-demos',
    group: 'do',
    label: (t) => t('frame.action.addDemos'),
    icon: FilePlus2,
    keys: ['Mod+Shift+O'],
    perform: () => chooseFiles('demos'),
  },
  {
    id: 'open-bundle',
    group: 'do',
    label: (t) => t('frame.action.openBundle'),
    icon: Package,
    perform: () => chooseFiles('bundle'),
  },
  {
    id: 'sample',
    group: 'do',
    label: (t) => t('frame.action.sample'),
    icon: Play,
    perform: async () => {
      choose(await callEngine('sample.open', {}));
      useFrame.setState({ isWelcomeLeft: true });
      go('score');
    },
  },
  {
    id: 'scan',
    group: 'do',
    label: (t) => t('frame.action.scan'),
    icon: RefreshCw,
    perform: async () => {
      go('models');
      await callEngine('library.scan', {});
    },
  },
  {
    id: 'cancel-job',
    group: 'do',
    label: (t) => t('frame.action.cancelJob'),
    icon: Ban,
    keys: ['Mod+.'],
    isAvailable: () => runningJobId() !== undefined,
    perform: async () => {
      const jobId = runningJobId();
      if (jobId !== undefined) await callEngine('jobs.cancel', { jobId });
    },
  },
];

const viewActions: readonly Action[] = [
  {
    id: 'palette',
    group: 'view',
    label: (t) => t('frame.action.palette'),
    icon: Command,
    keys: ['Mod+K'],
    perform: () => useFrame.setState({ isPaletteOpen: true }),
  },
  {
    id: 'inspector',
    group: 'view',
    label: (t) => t('frame.action.inspector'),
    icon: PanelRight,
    keys: [INSPECTOR_KEYS],
    isAvailable: () => useInspector.getState().users > 0,
    perform: () => useInspector.getState().toggle(),
  },
  {
    id: 'theme',
    group: 'view',
    label: (t) => t('frame.action.theme'),
    icon: Moon,
    perform: () => changeSettings({ theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark' }),
  },
  {
    id: 'cheat-sheet',
    group: 'view',
    label: (t) => t('frame.action.cheatSheet'),
    icon: Keyboard,
    keys: ['?', 'F1'],
    perform: () => useFrame.setState({ isCheatSheetOpen: true }),
  },
];

type ScreenActions = { readonly actions: readonly Action[] };

const useShownScreen = create<ScreenActions>()(() => ({ actions: [] }));

/** Adds a screen's commands while it is mounted. */
export function useScreenActions(actions: readonly Omit<Action, 'group'>[]): void {
  useEffect(() => {
    const own = actions.map((action): Action => ({ ...action, group: 'screen' }));
    useShownScreen.setState({ actions: own });
    return () => {
      if (useShownScreen.getState().actions === own) useShownScreen.setState({ actions: [] });
    };
  });
}

/** Those that can be done now. */
export function availableActions(): readonly Action[] {
  const all = [...useShownScreen.getState().actions, ...goActions, ...doActions, ...viewActions];
  return all.filter(({ isAvailable }) => isAvailable?.() ?? true);
}
