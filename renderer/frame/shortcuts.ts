// Keys, the system's menu and files that the system hands over: ways to the commands that start outside the page's elements.
import { useEffect } from 'react';
import { goCommand, commandKeys, SCREEN_IDS, type WindowCommand } from '../../electron/contract/commands.ts';
import { chooseFiles, handOver } from '../files/hand-over.ts';
import { useInspector } from '../inspector/inspector.tsx';
import { useKeys } from '../kit/use-keys.ts';
import { bridge } from '../state/bridge.ts';
import { go } from '../state/navigation.ts';
import { openPalette } from './palette-open.ts';

const COMMANDS: ReadonlyMap<WindowCommand, () => void> = new Map<WindowCommand, () => void>([
  ...SCREEN_IDS.map((screen) => [goCommand(screen), () => go(screen)] as const),
  ['open-model', () => void chooseFiles('model')],
  ['add-demos', () => void chooseFiles('demos')],
  [
    'inspector',
    () => {
      const { users, toggle } = useInspector.getState();
      if (users > 0) toggle();
    },
  ],
  ['palette', openPalette],
]);
const SHORTCUTS = [...COMMANDS].map(([command, perform]) => ({ keys: [commandKeys(command)], perform }));

/** Connects keys and menu to the commands. To be used once, in the frame. */
export function useShortcuts(): void {
  useKeys(SHORTCUTS);
  useEffect(() => {
    const stopCommands = bridge().onCommand((command) => COMMANDS.get(command)?.());
    const stopFiles = bridge().onOpenFiles((grants) => void handOver(grants));
    return () => {
      stopCommands();
      stopFiles();
    };
  }, []);
}
