// Every screen. Its scripts are read when it is wanted first, so that the window opens with those of one.
import type { ComponentType } from 'react';
import { SCREEN_IDS, type ScreenId } from '../../electron/contract/commands.ts';

const READ: Readonly<Record<ScreenId, () => Promise<ComponentType>>> = {
  models: async () => (await import('./models/models-screen.tsx')).ModelsScreen,
  demos: async () => (await import('./demos/demos-screen.tsx')).DemosScreen,
  best: async () => (await import('./best/best-screen.tsx')).BestScreen,
  score: async () => (await import('./score/score-screen.tsx')).ScoreScreen,
  choose: async () => (await import('./choose/choose-screen.tsx')).ChooseScreen,
  export: async () => (await import('./export/export-screen.tsx')).ExportScreen,
  prove: async () => (await import('./prove/prove-screen.tsx')).ProveScreen,
  try: async () => (await import('./try/try-screen.tsx')).TryScreen,
  runs: async () => (await import('./runs/runs-screen.tsx')).RunsScreen,
  settings: async () => (await import('./settings/settings-screen.tsx')).SettingsScreen,
};

const read = new Map<ScreenId, ComponentType>();

/** @returns null: its scripts have not been read yet */
export function screenOf(id: ScreenId): ComponentType | null {
  return read.get(id) ?? null;
}

/** @throws when its scripts cannot be read, as when the server of the page has gone */
export async function readScreen(id: ScreenId): Promise<ComponentType> {
  const screen = read.get(id) ?? (await READ[id]());
  read.set(id, screen);
  return screen;
}

/** All that are not there yet, one after the other, while the page has nothing else to do. */
export function readOtherScreens(): void {
  const next = SCREEN_IDS.find((id) => !read.has(id));
  if (next === undefined) return;
  requestIdleCallback(() => {
    // one that cannot be read says so when it is wanted
    readScreen(next).then(readOtherScreens, () => undefined);
  });
}
