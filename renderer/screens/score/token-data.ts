// What a scored demo says about its tokens.
import type { CallResult } from '../../../electron/contract/api.ts';
import type { Cell } from '../../heatmap/types.ts';

export type TokenData = CallResult<'runs.tokens'>;

/** An expert that has a token among its top ones. */
export type TokenExpert = Cell & { readonly block: number };

/** More would not fit on the line. */
const SHOWN_EXPERTS = 8;
/** Share of tokens beyond the ends of the colours, so that a single outlier does not make all others look alike. */
const CLIPPED_SHARE = 0.02;

/** Returns 1 − cos of each token. @param layer 0: the mean of all layers; n: the nth MoE layer */
export function turnsOf({ contribution, nLayers, pieces }: TokenData, layer: number): Float32Array {
  const length = pieces.length;
  if (layer > 0) return contribution.subarray((layer - 1) * length, layer * length);
  const mean = new Float32Array(length);
  for (let l = 0; l < nLayers; l++) {
    for (let i = 0; i < length; i++) mean[i] = mean[i]! + contribution[l * length + i]! / nLayers;
  }
  return mean;
}

/** Returns the values at the dark and at the bright end of the colours. */
export function turnRange(turns: Float32Array): readonly [number, number] {
  const sorted = turns.toSorted();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return [at(CLIPPED_SHARE), at(1 - CLIPPED_SHARE)];
}

/** Returns the experts of a token, the strongest first. */
export function expertsOfToken({ experts, moeLayers }: TokenData, token: number): TokenExpert[] {
  const found: TokenExpert[] = [];
  for (let i = 0; i < experts.token.length && found.length < SHOWN_EXPERTS; i++) {
    if (experts.token[i] !== token) continue;
    const layer = experts.layer[i]!;
    found.push({ layer, expert: experts.expert[i]!, block: moeLayers[layer]! });
  }
  return found;
}

export function tokensOfExpert({ experts }: TokenData, cell: Cell | null): ReadonlySet<number> {
  const tokens = new Set<number>();
  if (cell === null) return tokens;
  for (let i = 0; i < experts.token.length; i++) {
    if (experts.layer[i] === cell.layer && experts.expert[i] === cell.expert) tokens.add(experts.token[i]!);
  }
  return tokens;
}
