// The screens and the commands of the window, with their keys: the page does them, the host's menu names them.

/** The path in its order. */
export const STEPS = ['models', 'demos', 'best', 'score', 'choose', 'export', 'prove', 'try'] as const;
/** The path, then what stands at its foot. */
export const SCREEN_IDS = [...STEPS, 'runs', 'settings'] as const;
export type ScreenId = (typeof SCREEN_IDS)[number];

export type GoCommand = `go-${ScreenId}`;

/** @returns the command that shows a screen */
export function goCommand(screen: ScreenId): GoCommand {
  return `go-${screen}`;
}

/** What the window does whatever screen is shown. */
export type WindowCommand =
  | GoCommand
  | 'open-model'
  | 'add-folder'
  | 'add-demos'
  | 'open-bundle'
  | 'sample'
  | 'scan'
  | 'cancel-job'
  | 'palette'
  | 'inspector'
  | 'theme'
  | 'cheat-sheet';

const KEYS: Partial<Readonly<Record<WindowCommand, readonly string[]>>> = {
  ...Object.fromEntries(STEPS.map((screen, index) => [goCommand(screen), [`Mod+${index + 1}`]])),
  'go-runs': [`Mod+${STEPS.length + 1}`],
  'go-settings': ['Mod+,'],
  'open-model': ['Mod+O'],
  'add-demos': ['Mod+Shift+O'],
  'cancel-job': ['Mod+.'],
  palette: ['Mod+K'],
  inspector: ['Mod+B'],
  'cheat-sheet': ['?', 'F1'],
};

/**
 * Key combinations that stand for a command. "Mod" is Command on a Mac and Control elsewhere.
 * @returns as "Mod+K"; the page shows the first, the host's menu the last; empty: it has none
 */
export function keysOf(command: WindowCommand): readonly string[] {
  return KEYS[command] ?? [];
}
