// Light or dark: as the user chose, or as the system.
import { useEffect } from 'react';
import type { Settings } from '../../electron/contract/api/app.ts';

type Theme = Settings['theme'];

const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)');

let chosen: Theme = 'system';

function show(): void {
  const isDark = chosen === 'dark' || (chosen === 'system' && systemIsDark.matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
}

/** Follows the system's theme. To be called once, before the first rendering. */
export function followSystemTheme(): void {
  show();
  systemIsDark.addEventListener('change', show);
}

export function useTheme(theme: Theme): void {
  useEffect(() => {
    chosen = theme;
    show();
  }, [theme]);
}
