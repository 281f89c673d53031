// Whether the user has left the first run's welcome: from then on, the library is shown.
import { create } from 'zustand';
import { callEngine } from './calls.ts';
import { go } from './navigation.ts';
import { reportFailure } from './report-failure.ts';
import { choose } from './trail.ts';

type WelcomeState = {
  readonly isLeft: boolean;
  /** The sample is being opened: its model and demos arrive one after the other, and are not worth showing as a library in between. */
  readonly isOpeningSample: boolean;
};

export const useWelcome = create<WelcomeState>()(() => ({ isLeft: false, isOpeningSample: false }));

export function leaveWelcome(): void {
  useWelcome.setState({ isLeft: true, isOpeningSample: false });
}

/** Opens the bundled model with its demos. */
export async function openSample(): Promise<void> {
  try {
    choose(await callEngine('sample.open', {}));
    leaveWelcome();
    go('new');
  } catch (error) {
    reportFailure(error);
  }
}
