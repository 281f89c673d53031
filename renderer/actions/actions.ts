// Every command of the window, once: the palette, the cheat sheet, the keyboard and the system's menu are views of this
// list. A screen adds its own while it is shown: screen-actions.ts.
import {
  Ban,
  Boxes,
  FilePlus2,
  FolderPlus,
  Keyboard,
  Moon,
  Package,
  PanelRight,
  Play,
  RefreshCw,
  Search,
} from 'lucide-react';
import { SCREEN_ICONS } from './screen-icons.ts';
import { bridge } from '../state/bridge.ts';
import { callEngine, callKey, queryClient } from '../state/calls.ts';
import type { CallResult } from '../../electron/contract/api.ts';
import { JOBS_LIMIT } from '../state/job-list.ts';
import { go, SCREEN_IDS } from '../state/navigation.ts';
import { changeSettings } from '../state/settings.ts';
import { choose } from '../state/trail.ts';
import { leaveWelcome } from '../state/welcome.ts';
import { useOpenViews } from './open-views.ts';
import { chooseFiles } from '../files/hand-over.ts';
import { INSPECTOR_KEYS, useInspector } from '../inspector/inspector.tsx';
import { shownScreenActions, type Action } from './screen-actions.ts';
import { screenKeys } from './screen-keys.ts';

const goActions: readonly Action[] = SCREEN_IDS.map((screen) => ({
  id: `go-${screen}`,
  group: 'go',
  label: (t) => t(`frame.screen.${screen}`),
  icon: SCREEN_ICONS[screen],
  keys: [screenKeys(screen)],
  perform: () => go(screen),
}));

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
      leaveWelcome();
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
    icon: Search,
    keys: ['Mod+K'],
    perform: () => useOpenViews.setState({ isPaletteOpen: true }),
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
    perform: () => useOpenViews.setState({ isCheatSheetOpen: true }),
  },
];

/** Those that can be done now. */
export function availableActions(): readonly Action[] {
  const all = [...shownScreenActions(), ...goActions, ...doActions, ...viewActions];
  return all.filter(({ isAvailable }) => isAvailable?.() ?? true);
}
