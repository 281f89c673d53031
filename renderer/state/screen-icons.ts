// The icons of the screens.
import {
  Boxes,
  FileOutput,
  Grid3x3,
  ListTree,
  MessagesSquare,
  ScanSearch,
  Settings,
  SlidersHorizontal,
  Target,
  type LucideIcon,
} from 'lucide-react';
import type { ScreenId } from '../../electron/contract/commands.ts';

export const SCREEN_ICONS: Readonly<Record<ScreenId, LucideIcon>> = {
  models: Boxes,
  demos: ListTree,
  best: Target,
  score: Grid3x3,
  choose: SlidersHorizontal,
  export: FileOutput,
  prove: ScanSearch,
  try: MessagesSquare,
  settings: Settings,
};
