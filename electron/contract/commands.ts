// The screens and commands of the window, with their keys: the page carries them out, the host's menu lists them.

/** The entries of the rail, in order. */
export const ENTRIES = ['new', 'files', 'settings'] as const;
/** What a file is made of, step by step, for those who decide themselves. */
export const BY_HAND = ['score', 'choose', 'export', 'prove'] as const;
/** The entries, then the screens that are reached from them. */
export const SCREEN_IDS = [...ENTRIES, 'demos', ...BY_HAND, 'try'] as const;
export type ScreenId = (typeof SCREEN_IDS)[number];
export type EntryId = (typeof ENTRIES)[number];

/** Returns the entry of the rail that a screen is reached from. */
export function entryOf(screen: ScreenId): EntryId {
  return ENTRIES.find((entry) => entry === screen) ?? (screen === 'demos' ? 'new' : 'files');
}

export type GoCommand = `go-${ScreenId}`;

/** Returns the command that shows a screen. */
export function goCommand(screen: ScreenId): GoCommand {
  return `go-${screen}`;
}

/** Commands that the window carries out on any screen. */
export type WindowCommand = GoCommand | 'open-model' | 'add-demos' | 'inspector' | 'palette';

const KEYS: Readonly<Record<WindowCommand, string>> = {
  'go-new': 'Mod+1',
  'go-files': 'Mod+2',
  'go-demos': 'Mod+3',
  'go-score': 'Mod+4',
  'go-choose': 'Mod+5',
  'go-export': 'Mod+6',
  'go-prove': 'Mod+7',
  'go-try': 'Mod+8',
  'go-settings': 'Mod+,',
  'open-model': 'Mod+O',
  'add-demos': 'Mod+Shift+O',
  inspector: 'Mod+B',
  palette: 'Mod+K',
};

/** Returns the keys of a command, such as "Mod+O". "Mod" is Command on a Mac and Control elsewhere. */
export function commandKeys(command: WindowCommand): string {
  return KEYS[command];
}
