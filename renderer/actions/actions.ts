// The commands of the window: the palette, the cheat sheet, the keyboard and the system's menu are views of this list.
// A screen adds its own commands while it is shown: see screen-actions.ts.
import { Ban, Boxes, FilePlus2, FolderPlus, Keyboard, Moon, PanelRight, Play, RefreshCw, Search } from 'lucide-react';
import type { CallResult } from '../../electron/contract/api.ts';
import { goCommand, keysOf, SCREEN_IDS, type GoCommand, type WindowCommand } from '../../electron/contract/commands.ts';
import { chooseFiles } from '../files/hand-over.ts';
import { useInspector } from '../inspector/inspector.tsx';
import { callEngine, callKey, queryClient } from '../state/calls.ts';
import { JOBS_LIMIT } from '../state/kept-jobs.ts';
import { go } from '../state/navigation.ts';
import { changeSettings, changeView } from '../state/settings.ts';
import { choose } from '../state/trail.ts';
import { leaveWelcome } from '../state/first-run.ts';
import { useOpenViews } from './open-views.ts';
import { PLACE_IDS, PLACES, type Place } from './places.ts';
import { shownScreenActions, type Action } from './screen-actions.ts';
import { SCREEN_ICONS } from './screen-icons.ts';

type CommandAction = Omit<Action, 'id' | 'keys'>;

const goActions = Object.fromEntries(
  SCREEN_IDS.map((screen): [GoCommand, CommandAction] => [
    goCommand(screen),
    {
      group: 'go',
      label: (t) => t(`frame.screen.${screen}`),
      icon: SCREEN_ICONS[screen],
      perform: () => go(screen),
    },
  ]),
) as Record<GoCommand, CommandAction>;

function runningJobId(): number | undefined {
  const jobs = queryClient.getQueryData<CallResult<'jobs.list'>>(callKey('jobs.list', { limit: JOBS_LIMIT }));
  return jobs?.find(({ state }) => state === 'running')?.id;
}

const ACTIONS: Readonly<Record<WindowCommand, CommandAction>> = {
  ...goActions,
  'open-model': {
    group: 'do',
    label: (t) => t('frame.action.openModel'),
    icon: Boxes,
    perform: () => chooseFiles('model'),
  },
  'add-folder': {
    group: 'do',
    label: (t) => t('frame.action.addFolder'),
    icon: FolderPlus,
    perform: () => chooseFiles('folder'),
  },
  'add-demos': {
    group: 'do',
    label: (t) => t('frame.action.addDemos'),
    icon: FilePlus2,
    perform: () => chooseFiles('demos'),
  },
  sample: {
    group: 'do',
    label: (t) => t('frame.action.sample'),
    icon: Play,
    perform: async () => {
      choose(await callEngine('sample.open', {}));
      leaveWelcome();
      go('best');
    },
  },
  scan: {
    group: 'do',
    label: (t) => t('frame.action.scan'),
    icon: RefreshCw,
    perform: async () => {
      go('models');
      await callEngine('library.scan', {});
    },
  },
  'cancel-job': {
    group: 'do',
    label: (t) => t('frame.action.cancelJob'),
    icon: Ban,
    isAvailable: () => runningJobId() !== undefined,
    perform: async () => {
      const jobId = runningJobId();
      if (jobId !== undefined) await callEngine('jobs.cancel', { jobId });
    },
  },
  palette: {
    group: 'view',
    label: (t) => t('frame.action.palette'),
    icon: Search,
    perform: () => useOpenViews.setState({ isPaletteOpen: true }),
  },
  inspector: {
    group: 'view',
    label: (t) => t('frame.action.inspector'),
    icon: PanelRight,
    isAvailable: () => useInspector.getState().users > 0,
    perform: () => useInspector.getState().toggle(),
  },
  theme: {
    group: 'view',
    label: (t) => t('frame.action.theme'),
    icon: Moon,
    perform: () => changeSettings({ theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark' }),
  },
  'cheat-sheet': {
    group: 'view',
    label: (t) => t('frame.action.cheatSheet'),
    icon: Keyboard,
    perform: () => useOpenViews.setState({ isCheatSheetOpen: true }),
  },
};

const placeActions = PLACE_IDS.map((id): Action => {
  const { screen, view }: Place = PLACES[id];
  return {
    id: `place-${id}`,
    group: 'place',
    label: (t) => t(`frame.place.${id}`),
    words: (t) => t(`frame.placeWords.${id}`),
    icon: SCREEN_ICONS[screen],
    perform: async () => {
      go(screen);
      if (view !== undefined) await changeView(...view);
    },
  };
});

/** Returns the actions that are available now. */
export function availableActions(): readonly Action[] {
  const own = (Object.keys(ACTIONS) as WindowCommand[]).map((id) => ({ ...ACTIONS[id], id, keys: keysOf(id) }));
  return [...shownScreenActions(), ...own, ...placeActions].filter(({ isAvailable }) => isAvailable?.() ?? true);
}
