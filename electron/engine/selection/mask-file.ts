// Expert masks and their file: JSON, `[n_moe_layers][n_expert]` of 0 and 1, the format of EASY-EP's reference code.
import { saidBy, WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { choiceLengths } from '../models/prediction-blocks.ts';
import { readJsonFile, writeTextFile } from '../files/user-files.ts';

/** llama.cpp holds 512 layers of 1024 experts at most: a megabyte, twice that with blanks. */
const MAX_MASK_BYTES = 16 << 20;

const QUOTED_CHARS = 60;

/** What a mask has to fit; rows and columns that are not given are taken from the mask. Rows: one of these numbers. */
export type MaskShape = { readonly nLayers?: number | readonly number[]; readonly nExpert?: number };

/** The shape of masks for a model: with rows for prediction blocks, or without. */
export function maskShape(info: Parameters<typeof choiceLengths>[0] & Pick<ModelInfo, 'nExpert'>): Required<MaskShape> {
  return { nLayers: choiceLengths(info), nExpert: info.nExpert };
}

export type Mask = {
  /** Per MoE layer the kept expert indices, ascending; every layer keeps the same number. */
  readonly kept: number[][];
  readonly nExpert: number;
};

/**
 * `[n_moe_layers][nExpert]` of 0 and 1.
 * @throws WinnowError MASK_INVALID for an index outside 0 … nExpert − 1
 */
export function maskFromKept(kept: readonly (readonly number[])[], nExpert: number): number[][] {
  return kept.map((experts, layer) => {
    const row = new Array<number>(nExpert).fill(0);
    for (const expert of experts) {
      if (row[expert] === undefined) {
        throw new WinnowError('MASK_INVALID', say('maskExpert', { layer, expert, last: nExpert - 1 }), {
          layer,
          expert,
          nExpert,
        });
      }
      row[expert] = 1;
    }
    return row;
  });
}

/**
 * The kept experts of a mask: rows of 0 and 1, or of false and true. Rows (MoE layers) and columns (experts)
 * count from 0 in messages.
 * @throws WinnowError MASK_INVALID for another shape or another value, for a layer that keeps nothing, and when
 * layers keep different numbers
 */
export function keptFromMask(mask: unknown, expected: MaskShape = {}): number[][] {
  return parseMask(mask, expected).kept;
}

/**
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, CANCELLED, and MASK_INVALID as `keptFromMask`, naming the file
 */
export async function readMaskFile(path: string, expected: MaskShape = {}, signal?: AbortSignal): Promise<Mask> {
  return maskOfFile(await readJsonFile(path, 'MASK_INVALID', MAX_MASK_BYTES, signal), path, expected);
}

/**
 * @param mask what the file says
 * @throws WinnowError MASK_INVALID as `keptFromMask`, naming the file
 */
export function maskOfFile(mask: unknown, path: string, expected: MaskShape = {}): Mask {
  try {
    return parseMask(mask, expected);
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    throw new WinnowError(
      error.code,
      say('inFile', { path, reason: saidBy(error) }),
      { ...error.details, path },
      error,
    );
  }
}

/**
 * Writes the mask with one layer per line. Readers of `path` see the old file or the whole new one.
 * @throws WinnowError MASK_INVALID as `maskFromKept`, TARGET_UNWRITABLE, NO_SPACE
 */
export async function writeMaskFile(
  path: string,
  kept: readonly (readonly number[])[],
  nExpert: number,
): Promise<void> {
  const rows = maskFromKept(kept, nExpert).map((row) => `[${row.join(',')}]`);
  await writeTextFile(path, `[\n${rows.join(',\n')}\n]\n`);
}

function parseMask(mask: unknown, expected: MaskShape): Mask {
  if (!Array.isArray(mask) || mask.length === 0) {
    throw invalid(say('maskNoList'), {});
  }
  const allowed = [expected.nLayers ?? mask.length].flat();
  if (!allowed.includes(mask.length)) {
    const nLayers = allowed[0] ?? 0;
    throw invalid(say('maskRows', { rows: mask.length, nLayers }), {
      rows: mask.length,
      nLayers,
    });
  }
  const nExpert = expected.nExpert ?? (Array.isArray(mask[0]) ? mask[0].length : 0);
  const kept = mask.map((row: unknown, layer) => keptOfRow(row, layer, nExpert, expected.nExpert !== undefined));
  const keep = kept[0]!.length;
  const odd = kept.findIndex((experts) => experts.length !== keep);
  if (odd > 0) {
    throw invalid(say('maskRowsUneven', { row: odd, kept: kept[odd]!.length, keep }), {
      row: odd,
      kept: kept[odd]!.length,
      expected: keep,
    });
  }
  return { kept, nExpert };
}

function keptOfRow(row: unknown, layer: number, nExpert: number, fromModel: boolean): number[] {
  if (!Array.isArray(row)) throw invalid(say('maskRowNoList', { row: layer }), { row: layer });
  if (row.length !== nExpert) {
    const counts = { row: layer, columns: row.length, nExpert };
    throw invalid(fromModel ? say('maskColumns', counts) : say('maskColumnsUneven', counts), counts);
  }
  const kept: number[] = [];
  row.forEach((value: unknown, expert) => {
    if (value === 1 || value === true) kept.push(expert);
    else if (value !== 0 && value !== false) {
      throw invalid(say('maskValue', { row: layer, column: expert, value: quoted(value) }), {
        row: layer,
        column: expert,
      });
    }
  });
  if (kept.length === 0) throw invalid(say('maskRowEmpty', { row: layer }), { row: layer });
  return kept;
}

/** As much of the value as fits into a message. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= QUOTED_CHARS ? text : `${text.slice(0, QUOTED_CHARS)}…`.toWellFormed();
}

function invalid(said: Sentence, details: Readonly<Record<string, unknown>>): WinnowError {
  return new WinnowError('MASK_INVALID', said, details);
}
