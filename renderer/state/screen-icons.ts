// The icons of the screens.
import {
  FileOutput,
  FilePlus2,
  Files,
  Grid3x3,
  ListTree,
  MessagesSquare,
  ScanSearch,
  Settings,
  SlidersHorizontal,
  type LucideIcon,
} from 'lucide-react';
import type { ScreenId } from '../../electron/contract/commands.ts';

export const SCREEN_ICONS: Readonly<Record<ScreenId, LucideIcon>> = {
  new: FilePlus2,
  files: Files,
  demos: ListTree,
  score: Grid3x3,
  choose: SlidersHorizontal,
  export: FileOutput,
  prove: ScanSearch,
  try: MessagesSquare,
  settings: Settings,
};
