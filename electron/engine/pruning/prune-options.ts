// What a pruned file is to be: the experts it keeps, and how it is laid out.
import type { Grouping } from '../../contract/requests.ts';
import type { GgufEdit } from '../../../native/index.ts';

export type PruneOptions = {
  readonly output: string;
  /** Kept experts of each MoE layer, ascending; all layers hold equally many. */
  readonly kept: readonly (readonly number[])[];
  readonly grouping?: Grouping;
  /** Next-token-prediction blocks: cut like the last MoE layer, or left out. */
  readonly nextn?: 'reuse' | 'drop';
  /** Accept fewer experts than the model uses per token; its used count is then lowered. */
  readonly allowFewerUsed?: boolean;
  /** One file, the source's parts, or parts of at most so many bytes. */
  readonly split?: 'single' | 'keep' | { readonly maxBytes: number };
  /** Keys `winnow.*` that say where the file comes from. */
  readonly provenance?: readonly GgufEdit[];
};
