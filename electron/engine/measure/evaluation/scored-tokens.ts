// Which tokens of a text count, and which unit each belongs to: its document, or its chunk.
import type { Grouping, TokenValues } from './figures.ts';

export type Cut = {
  /** Tokens a chunk. */
  readonly ctx: number;
  /** The last ones of each chunk. */
  readonly nScoredPerChunk: number;
  /** Tokens of the whole text up to each document's end; null: the text is one document. */
  readonly ends: readonly number[] | null;
};

/**
 * Of one document every value counts, and chunks are the units. Of several, documents are, and the first token of each is
 * left out: nothing of its document stands before it. Should only one have values, chunks are the units again.
 * @param values chunk by chunk
 */
export function scoredTokens(values: TokenValues, cut: Cut): TokenValues & { readonly grouping: Grouping } {
  const { ctx, nScoredPerChunk, ends } = cut;
  const chunkOf = (place: number): number => Math.floor(place / nScoredPerChunk);
  if (ends === null)
    return {
      ...values,
      grouping: grouped(
        'chunk',
        Array.from(values.nll, (_, place) => chunkOf(place)),
      ),
    };

  const places: number[] = [];
  const documents: number[] = [];
  let document = 0;
  for (let place = 0; place < values.nll.length; place++) {
    const token = (chunkOf(place) + 1) * ctx - nScoredPerChunk + (place % nScoredPerChunk);
    while (token >= (ends[document] ?? Infinity)) document++;
    if (token === (ends[document - 1] ?? 0)) continue;
    places.push(place);
    documents.push(document);
  }
  const isOneDocument = documents[0] === documents.at(-1);
  return {
    nll: Float32Array.from(places, (place) => values.nll[place]!),
    kl: values.kl && Float32Array.from(places, (place) => values.kl?.[place] ?? NaN),
    sameTop: values.sameTop && Uint8Array.from(places, (place) => values.sameTop?.[place] ?? 0),
    grouping: isOneDocument ? grouped('chunk', places.map(chunkOf)) : grouped('document', documents),
  };
}

/** @param keys of each token's unit, ascending; there may be gaps */
function grouped(unit: Grouping['unit'], keys: readonly number[]): Grouping {
  let count = -1;
  const unitOf = Uint32Array.from(keys, (key, token) => (key === keys[token - 1] ? count : ++count));
  return { unit, unitOf };
}
