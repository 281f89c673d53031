// The format in which a score run keeps what single tokens did: the tokens that did most for each expert, and each token's 1 − cos.
import type { MatrixShape } from '../../contract/criteria.ts';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';

/** The tokens that did most for each expert, in one demo. */
export type TopTokens = {
  readonly nTop: number;
  /** Positions in the demo, -1: none; `[nLayers * nExpert * nTop]`, an expert's strongest first. */
  readonly position: Int32Array;
  /** g·‖E‖·(1 − cos), at the same indices. */
  readonly value: Float32Array;
};

/** Positions and values one after the other, as one blob. */
export function packTop({ position, value }: Pick<TopTokens, 'position' | 'value'>): Uint8Array {
  const bytes = new Uint8Array(position.byteLength + value.byteLength);
  bytes.set(new Uint8Array(position.buffer, position.byteOffset, position.byteLength));
  bytes.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), position.byteLength);
  return bytes;
}

/**
 * @param blob from `packTop`, in a buffer of its own
 * @throws WinnowError STORE when it does not fit the model
 */
export function unpackTop(blob: Uint8Array<ArrayBuffer>, { nLayers, nExpert }: MatrixShape): TopTokens {
  const length = blob.length / (Int32Array.BYTES_PER_ELEMENT + Float32Array.BYTES_PER_ELEMENT);
  const nTop = length / (nLayers * nExpert);
  if (!Number.isInteger(nTop)) throw misfit(blob);
  return {
    nTop,
    position: new Int32Array(blob.buffer, 0, length),
    value: new Float32Array(blob.buffer, length * Int32Array.BYTES_PER_ELEMENT, length),
  };
}

/**
 * Each token's 1 − cos by layer, `[nLayers * nTokens]`.
 * @param blob half precision, in a buffer of its own
 * @throws WinnowError STORE when it does not fit the model and demo
 */
export function unpackContribution(blob: Uint8Array<ArrayBuffer>, nLayers: number, nTokens: number): Float32Array {
  if (blob.length !== nLayers * nTokens * Float16Array.BYTES_PER_ELEMENT) throw misfit(blob);
  return Float32Array.from(new Float16Array(blob.buffer));
}

function misfit({ length }: Uint8Array): WinnowError {
  return new WinnowError('STORE', say('storedTokensWrong', { bytes: length }), { length });
}
