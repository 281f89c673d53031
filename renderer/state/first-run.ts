// Whether the user has left the first run's welcome: from then on, New file is shown.
import { create } from 'zustand';
import type { CallResult } from '../../electron/contract/api.ts';
import { callEngine } from './calls.ts';
import { go } from './navigation.ts';
import { reportFailure } from './report-failure.ts';
import { choose } from './trail.ts';
import { typeSampleMemory } from './typed-memory.ts';

type WelcomeState = {
  readonly isLeft: boolean;
  /** The sample is being opened: its model and demos arrive one after the other, and are not worth showing as a library in between. */
  readonly isOpeningSample: boolean;
};

export const useWelcome = create<WelcomeState>()(() => ({ isLeft: false, isOpeningSample: false }));

export function leaveWelcome(): void {
  useWelcome.setState({ isLeft: true, isOpeningSample: false });
}

/** Works on the bundled model with its demos, as if there was little memory. */
export function takeSample(opened: CallResult<'sample.open'>): void {
  leaveWelcome();
  choose(opened);
  typeSampleMemory(opened.modelId);
  go('new');
}

export async function openSample(): Promise<void> {
  try {
    takeSample(await callEngine('sample.open', {}));
  } catch (error) {
    reportFailure(error);
  }
}
