// Every screen: its place in the frame is its id's place in SCREEN_IDS.
import type { ComponentType } from 'react';
import type { ScreenId } from '../../electron/contract/commands.ts';
import { ChooseScreen } from './choose/choose-screen.tsx';
import { DemosScreen } from './demos/demos-screen.tsx';
import { ExportScreen } from './export/export-screen.tsx';
import { ModelsScreen } from './models/models-screen.tsx';
import { ProveScreen } from './prove/prove-screen.tsx';
import { RunsScreen } from './runs/runs-screen.tsx';
import { ScoreScreen } from './score/score-screen.tsx';
import { SettingsScreen } from './settings/settings-screen.tsx';
import { TryScreen } from './try/try-screen.tsx';

export const SCREENS: Readonly<Record<ScreenId, ComponentType>> = {
  models: ModelsScreen,
  demos: DemosScreen,
  score: ScoreScreen,
  choose: ChooseScreen,
  export: ExportScreen,
  prove: ProveScreen,
  try: TryScreen,
  runs: RunsScreen,
  settings: SettingsScreen,
};
