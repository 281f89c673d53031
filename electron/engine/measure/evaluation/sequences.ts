// Decides which parts of a text pass through the model, which of their tokens count, and which unit each of these belongs to.
import { createHash } from 'node:crypto';
import type { NamedText } from '../../base/content/documents.ts';
import type { Grouping } from './figures.ts';

/** How much of a text is read. */
type Reading = {
  /** Tokens per chunk. */
  readonly ctx: number;
  /** Maximum chunks; undefined: the whole text. */
  readonly chunks: number | undefined;
};

type Sequences = {
  /** The tokens of all sequences, one after the other. */
  readonly tokens: Int32Array;
  /** Number of tokens up to the end of each sequence. */
  readonly ends: Int32Array;
  /** 1 for each token whose likelihood counts. */
  readonly scored: Uint8Array;
  /** How the tokens that count are grouped. */
  readonly grouping: Grouping;
  /** Number of chunks read; for documents, as many as their tokens would fill. */
  readonly chunks: number;
};

/** A sequence of a document. `counts`: 1 for each token whose likelihood counts. */
type Sequence = { readonly tokens: Int32Array; readonly counts: Uint8Array; readonly document: number };

/**
 * Cuts one text into chunks as llama-perplexity does: the second half of each counts, except its first token.
 * @param half every second chunk: `search` begins with the first one, `confirm` with the second; undefined: all chunks
 */
export function chunkSequences(tokens: Int32Array, { ctx, chunks }: Reading, half?: NamedText['half']): Sequences {
  const places = Array.from({ length: Math.floor(tokens.length / ctx) }, (_, place) => place)
    .filter((place) => half === undefined || place % 2 === (half === 'search' ? 0 : 1))
    .slice(0, chunks);
  const counts = secondHalf(ctx);
  const sequences = places.map((place) => ({
    tokens: tokens.subarray(place * ctx, (place + 1) * ctx),
    counts,
    document: 0,
  }));
  return joined(sequences, sequences.length);
}

/**
 * Makes sequences of documents, each from its start. A chat is one sequence, of which its answers count. A text is cut into pieces of one
 * chunk: in the first piece all tokens but the first count, in the others the second half, as in `chunkSequences`.
 * @param documents as returned by `tokenizeText`
 * @param chunks maximum length in chunks: as `dealt`
 */
export function documentSequences(
  documents: readonly { readonly tokens: Int32Array; readonly answers: Uint8Array | null }[],
  { ctx, chunks }: Reading,
): Sequences {
  const all = documents.map(({ tokens, answers }, document) =>
    answers ? [{ tokens, counts: answers, document }] : pieces(tokens, ctx, document),
  );
  const sequences = chunks === undefined ? all.flat() : dealt(all, chunks * ctx);
  const read = sequences.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return joined(sequences, Math.min(chunks ?? Infinity, Math.ceil(read / ctx)));
}

/**
 * The sequences that begin within so many tokens: first one of each document, then a second one, and so on. Which documents come
 * first follows from their tokens, so that the order of files does not matter.
 */
function dealt(documents: readonly (readonly Sequence[])[], most: number): Sequence[] {
  const places = new Map(documents.map((sequences) => [sequences, placeByTokens(sequences)]));
  const order = documents.toSorted((a, b) => (places.get(a)! < places.get(b)! ? -1 : 1));
  const rounds = Math.max(0, ...documents.map(({ length }) => length));
  const picks = new Set<Sequence>();
  let read = 0;
  for (let round = 0; round < rounds; round++) {
    for (const { [round]: next } of order) {
      if (next === undefined || read >= most) continue;
      picks.add(next);
      read += next.tokens.length;
    }
  }
  return documents.flat().filter((sequence) => picks.has(sequence));
}

function placeByTokens([first]: readonly Sequence[]): string {
  return createHash('sha256')
    .update(first?.tokens ?? '')
    .digest('hex');
}

function pieces(tokens: Int32Array, ctx: number, document: number): Sequence[] {
  const sequences: Sequence[] = [];
  for (let start = 0; start < tokens.length; start += ctx) {
    const piece = tokens.subarray(start, start + ctx);
    const counts = start === 0 ? new Uint8Array(piece.length).fill(1, 1) : secondHalf(ctx).subarray(0, piece.length);
    if (counts.includes(1)) sequences.push({ tokens: piece, counts, document });
  }
  return sequences;
}

function secondHalf(ctx: number): Uint8Array {
  return new Uint8Array(ctx).fill(1, Math.floor(ctx / 2) + 1);
}

/** Joins sequences of so many chunks. The units are documents or, if there is only one document, its sequences. */
function joined(sequences: readonly Sequence[], chunks: number): Sequences {
  const length = sequences.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const [tokens, scored, ends] = [new Int32Array(length), new Uint8Array(length), new Int32Array(sequences.length)];
  const counted = sequences.filter(({ counts }) => counts.includes(1));
  const isOneDocument = counted.every(({ document }) => document === counted[0]?.document);
  const keys: number[] = [];
  let end = 0;
  for (const [place, sequence] of sequences.entries()) {
    tokens.set(sequence.tokens, end);
    scored.set(sequence.counts, end);
    end += sequence.tokens.length;
    ends[place] = end;
    for (const counts of sequence.counts) if (counts === 1) keys.push(isOneDocument ? place : sequence.document);
  }
  return { tokens, ends, scored, grouping: grouped(isOneDocument ? 'chunk' : 'document', keys), chunks };
}

/** Numbers the units without gaps. @param keys key of each token's unit, ascending; there may be gaps */
function grouped(unit: Grouping['unit'], keys: readonly number[]): Grouping {
  let count = -1;
  const unitOf = Uint32Array.from(keys, (key, token) => (key === keys[token - 1] ? count : ++count));
  return { unit, unitOf };
}
