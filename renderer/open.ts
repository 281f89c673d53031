// Opens the page: asks the engine for what will be seen first, and only then loads what shows it. The engine reads while the
// browser takes in the scripts.
import { askForChoice } from './screens/choose/first-picture.ts';
import { readScreen } from './screens/registry.ts';
import { askForRunScores } from './screens/score/run-view.ts';
import { askAhead } from './state/calls.ts';
import { startEvents } from './state/events.ts';
import { useNavigation } from './state/navigation.ts';
import { askForTrailItems } from './state/trail-items.ts';

/** Once, when the host's bridge is there. @throws Error when there is no bridge or no place in the page */
export async function openPage(): Promise<void> {
  startEvents();
  void askForScreen();
  // where it cannot be read, its place in the frame says so
  const screen = readScreen(useNavigation.getState().screen).catch(() => null);
  const { start } = await import('./start.tsx');
  await screen;
  await start();
}

async function askForScreen(): Promise<void> {
  // the engine answers in order, and these are long
  if (useNavigation.getState().screen === 'models') void askAhead('library.list', {});
  if (useNavigation.getState().screen === 'runs') void askAhead('runs.list', {});
  const settings = await askAhead('settings.get', {});
  const { screen } = useNavigation.getState();
  if (settings !== null && screen === 'score') void askForRunScores(settings);
  if (settings !== null && screen === 'choose') void askForChoice(settings);
  askForTrailItems();
}
