// Whether the first run's welcome was left: the library is shown from then on.
import { create } from 'zustand';

type WelcomeState = {
  readonly isLeft: boolean;
  /** The sample was asked for: its model and demos come one after the other, and are no library to look at meanwhile. */
  readonly isOpeningSample: boolean;
};

export const useWelcome = create<WelcomeState>()(() => ({ isLeft: false, isOpeningSample: false }));

export function leaveWelcome(): void {
  useWelcome.setState({ isLeft: true, isOpeningSample: false });
}
