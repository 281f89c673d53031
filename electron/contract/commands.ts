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
export type WindowCommand = GoCommand | 'open-model' | 'add-demos' | 'inspector';

const KEYS: Readonly<Record<WindowCommand, string>> = {
  ...(Object.fromEntries(STEPS.map((screen, index) => [goCommand(screen), `Mod+${index + 1}`])) as Record<
    GoCommand,
    string
  >),
  'go-settings': 'Mod+,',
  'open-model': 'Mod+O',
  'add-demos': 'Mod+Shift+O',
  inspector: 'Mod+B',
};

/** Returns the keys of a command, such as "Mod+O". "Mod" is Command on a Mac and Control elsewhere. */
export function commandKeys(command: WindowCommand): string {
  return KEYS[command];
}
