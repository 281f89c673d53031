// What a pruned file is to be: the experts it keeps, and how it is laid out.
import type { PruneRequest } from '../../../contract/requests.ts';
import type { GgufEdit } from '../../../../native/index.ts';
import type { Calibration } from './calibration-file.ts';
import type { Narrowed } from './narrowed.ts';
import type { KeptOptions } from '../../experts/selection/check-kept.ts';

export type PruneOptions = KeptOptions & {
  readonly output: string;
  /** As requests ask for it. Default: `reuse`. */
  readonly nextn?: PruneRequest['nextn'];
  /** One file, the source's parts, or parts of at most so many bytes. */
  readonly split?:
    | 'single'
    | 'keep'
    | {
        readonly maxBytes: number;
        /** Size of each tensor that will not have its source's bytes. */
        readonly bytesOf?: ReadonlyMap<string, number>;
      };
  /** The kept experts have fewer neurons. */
  readonly narrowed?: Narrowed | undefined;
  /** Routers in the place of the source's. */
  readonly calibration?: Calibration | undefined;
  /** Keys `winnow.*` that say where the file comes from. */
  readonly provenance?: readonly GgufEdit[];
};
