// Opens the page: first asks the engine for what will be visible, and then loads the scripts that show it. The engine
// works while the browser reads the scripts.
import { askForChoice } from './screens/choose/first-picture.ts';
import { readScreen } from './screens/registry.ts';
import { askForRunScores } from './screens/score/run-view.ts';
import { askAhead } from './state/calls.ts';
import { startEvents } from './state/events.ts';
import { useNavigation } from './state/navigation.ts';
import { askForTrailItems } from './state/trail-items.ts';

/** Opens the page. To be called once, when the host's bridge is there. @throws Error if there is no bridge, or no place in the page */
export async function openPage(): Promise<void> {
  startEvents();
  void askForScreen();
  // if the screen cannot be loaded, its place in the frame says so
  const screen = readScreen(useNavigation.getState().screen).catch(() => null);
  const { start } = await import('./start.tsx');
  await screen;
  await start();
}

async function askForScreen(): Promise<void> {
  // the engine answers in order, and these answers are long
  if (useNavigation.getState().screen === 'new') void askAhead('library.list', {});
  const settings = await askAhead('settings.get', {});
  const { screen } = useNavigation.getState();
  if (settings !== null && screen === 'score') void askForRunScores(settings);
  if (settings !== null && screen === 'choose') void askForChoice(settings);
  askForTrailItems();
}
