// Every screen: its place in the frame is its id's place in SCREEN_IDS.
import {
  BarChart3,
  Boxes,
  FileOutput,
  Grid3x3,
  ListTree,
  MessagesSquare,
  ScanSearch,
  Settings,
  SlidersHorizontal,
  type LucideIcon,
} from 'lucide-react';
import type { ComponentType } from 'react';
import type { ScreenId } from '../state/navigation.ts';
import { ChooseScreen } from './choose/choose-screen.tsx';
import { DemosScreen } from './demos/demos-screen.tsx';
import { ExportScreen } from './export/export-screen.tsx';
import { ModelsScreen } from './models/models-screen.tsx';
import { ProveScreen } from './prove/prove-screen.tsx';
import { RunsScreen } from './runs/runs-screen.tsx';
import { ScoreScreen } from './score/score-screen.tsx';
import { SettingsScreen } from './settings/settings-screen.tsx';
import { TryScreen } from './try/try-screen.tsx';

type ScreenEntry = { readonly icon: LucideIcon; readonly Component: ComponentType };

export const SCREENS: Readonly<Record<ScreenId, ScreenEntry>> = {
  models: { icon: Boxes, Component: ModelsScreen },
  demos: { icon: ListTree, Component: DemosScreen },
  score: { icon: Grid3x3, Component: ScoreScreen },
  choose: { icon: SlidersHorizontal, Component: ChooseScreen },
  export: { icon: FileOutput, Component: ExportScreen },
  prove: { icon: ScanSearch, Component: ProveScreen },
  try: { icon: MessagesSquare, Component: TryScreen },
  runs: { icon: BarChart3, Component: RunsScreen },
  settings: { icon: Settings, Component: SettingsScreen },
};
