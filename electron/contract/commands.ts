// The screens and commands of the window, with their keys: the page carries them out, the host's menu lists them.

/** The steps of the path, in order. */
export const STEPS = ['models', 'demos', 'best', 'score', 'choose', 'export', 'prove', 'try'] as const;
/** The steps of the path, then what stands at the foot of the rail. */
export const SCREEN_IDS = [...STEPS, 'settings'] as const;
export type ScreenId = (typeof SCREEN_IDS)[number];

export type GoCommand = `go-${ScreenId}`;

/** Returns the command that shows a screen. */
export function goCommand(screen: ScreenId): GoCommand {
  return `go-${screen}`;
}

/** Commands that the window carries out on any screen. */
export type WindowCommand =
  | GoCommand
  | 'open-model'
  | 'add-folder'
  | 'add-demos'
  | 'sample'
  | 'scan'
  | 'cancel-job'
  | 'palette'
  | 'inspector'
  | 'theme'
  | 'cheat-sheet';

const KEYS: Partial<Readonly<Record<WindowCommand, readonly string[]>>> = {
  ...Object.fromEntries(STEPS.map((screen, index) => [goCommand(screen), [`Mod+${index + 1}`]])),
  'go-settings': ['Mod+,'],
  'open-model': ['Mod+O'],
  'add-demos': ['Mod+Shift+O'],
  'cancel-job': ['Mod+.'],
  palette: ['Mod+K'],
  inspector: ['Mod+B'],
  'cheat-sheet': ['?', 'F1'],
};

/**
 * Returns the key combinations of a command, such as "Mod+K"; empty: it has none. "Mod" is Command on a Mac and Control
 * elsewhere. The page shows the first combination, the host's menu the last.
 */
export function keysOf(command: WindowCommand): readonly string[] {
  return KEYS[command] ?? [];
}
