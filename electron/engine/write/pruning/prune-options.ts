// Options of a pruned file.
import type { PruneRequest } from '../../../contract/requests.ts';
import type { GgufEdit } from '../../../../native/index.ts';
import type { Narrowed } from './narrowed.ts';
import type { KeptOptions } from '../../experts/selection/check-kept.ts';

export type PruneOptions = KeptOptions & {
  readonly output: string;
  /** What happens to prediction blocks, as in requests. Default: `reuse`. */
  readonly nextn?: PruneRequest['nextn'];
  /** The kept experts' neurons, if they keep fewer than all. */
  readonly narrowed?: Narrowed | undefined;
  /** The `winnow.*` keys that say where the file comes from. */
  readonly provenance?: readonly GgufEdit[];
};
