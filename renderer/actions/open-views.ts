// Which floating view of the actions is open.
import { create } from 'zustand';

type OpenViews = {
  readonly isPaletteOpen: boolean;
  readonly isCheatSheetOpen: boolean;
};

export const useOpenViews = create<OpenViews>()(() => ({ isPaletteOpen: false, isCheatSheetOpen: false }));
