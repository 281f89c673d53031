// Starts the page once its host's bridge is there.
// Global styles come before the components' own styles.
import './theme.css';
import './global.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { followSystemTheme } from './frame/theme.ts';
import { startI18n } from './i18n/i18n.ts';
import { readOtherScreens } from './screens/registry.ts';
import { bridge } from './state/bridge.ts';
import { startSavingChoices } from './state/working-choice.ts';

/** By this time, the screen that the page opens with is there. */
const FIRST_PICTURE_MS = 2000;

/** Starts the page. @throws Error if there is no bridge, or no place in the page */
export async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (root === null) throw new Error('The page has no element "root".');
  bridge();
  followSystemTheme();
  startSavingChoices();
  await startI18n();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  setTimeout(readOtherScreens, FIRST_PICTURE_MS);
}
