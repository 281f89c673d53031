// All screens. The scripts of a screen are loaded when it is first needed, so that the window opens with those of one.
import type { ComponentType } from 'react';
import { SCREEN_IDS, type ScreenId } from '../../electron/contract/commands.ts';

const READ: Readonly<Record<ScreenId, () => Promise<ComponentType>>> = {
  new: async () => (await import('./new/new-screen.tsx')).NewScreen,
  files: async () => (await import('./files/files-screen.tsx')).FilesScreen,
  demos: async () => (await import('./demos/demos-screen.tsx')).DemosScreen,
  score: async () => (await import('./score/score-screen.tsx')).ScoreScreen,
  choose: async () => (await import('./choose/choose-screen.tsx')).ChooseScreen,
  export: async () => (await import('./export/export-screen.tsx')).ExportScreen,
  prove: async () => (await import('./prove/prove-screen.tsx')).ProveScreen,
  try: async () => (await import('./try/try-screen.tsx')).TryScreen,
  settings: async () => (await import('./settings/settings-screen.tsx')).SettingsScreen,
};

const read = new Map<ScreenId, ComponentType>();

/** @returns null: its scripts have not been loaded yet */
export function findScreen(id: ScreenId): ComponentType | null {
  return read.get(id) ?? null;
}

/** Loads a screen. @throws if its scripts cannot be loaded, for example because the page's server has gone */
export async function readScreen(id: ScreenId): Promise<ComponentType> {
  const screen = read.get(id) ?? (await READ[id]());
  read.set(id, screen);
  return screen;
}

/** Loads the remaining screens one after the other, while the page has nothing else to do. */
export function readOtherScreens(): void {
  const next = SCREEN_IDS.find((id) => !read.has(id));
  if (next === undefined) return;
  requestIdleCallback(() => {
    // a screen that cannot be loaded says so when it is needed
    readScreen(next).then(readOtherScreens, () => undefined);
  });
}
