// What of the frame is open.
import { create } from 'zustand';

type FrameState = {
  readonly isPaletteOpen: boolean;
  readonly isCheatSheetOpen: boolean;
  /** The first run's welcome was left: the library is shown from then on. */
  readonly isWelcomeLeft: boolean;
};

export const useFrame = create<FrameState>()(() => ({
  isPaletteOpen: false,
  isCheatSheetOpen: false,
  isWelcomeLeft: false,
}));
