// What one line of the table of attacks is: what is attacked, by what, and what must hold all the same.
import type { Ground } from './ground.ts';

export type Attack = {
  /** In a few words; no two attacks share one. */
  readonly name: string;
  /** What must hold, in a sentence. */
  readonly promise: string;
  /** Runs in `npm test`, too: some seconds of processor time at most. Default: only where all of them run. */
  readonly quick?: boolean;
  /** Why it cannot be tried on this machine; null: it can. */
  readonly missing?: () => string | null;
  /** @throws when the promise is broken */
  readonly run: (ground: Ground) => Promise<void>;
};
