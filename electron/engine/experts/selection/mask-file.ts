// Expert masks and their files: documents, and the list of EASY-EP's reference code, `[n_moe_layers][n_expert]` of 0 and 1.
import { basename } from 'node:path';
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { MASK_FORMAT, MASK_VERSION, maskFileSchema, type MaskFile } from '../../../contract/mask-file.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Grouping } from '../../../contract/requests.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { blocksOfChoice, choiceLengths } from '../../models/prediction-blocks.ts';
import { samenessOf, samenessSaid } from '../../models/sameness.ts';
import { readJsonFile, writeTextFile } from '../../base/files/user-files.ts';
import type { Selection } from './selection.ts';
import type { SelectionSettings } from './selection-settings.ts';

/** llama.cpp supports at most 512 layers of 1024 experts: a megabyte, twice that with blanks; plus the names of the demos. */
const MAX_MASK_BYTES = 64 << 20;

const QUOTED_CHARS = 60;

/** The shape that a mask must have; missing rows or columns are taken from the mask. The rows may be any of several numbers. */
type MaskShape = { readonly nLayers?: number | readonly number[]; readonly nExpert?: number };

/** The shape of masks for a model, with or without rows for prediction blocks. */
function maskShape(info: Parameters<typeof choiceLengths>[0] & Pick<ModelInfo, 'nExpert'>): Required<MaskShape> {
  return { nLayers: choiceLengths(info), nExpert: info.nExpert };
}

type ReadMask = {
  /** Kept expert indices of each MoE layer, ascending; every layer keeps the same number. */
  readonly kept: KeptExperts;
  readonly nExpert: number;
  /** null: a bare list, which states nothing else. */
  readonly document: MaskFile | null;
};

/** The facts about a model that a mask must fit, and those that identify it. */
type MaskedModel = Pick<
  ModelInfo,
  | 'path'
  | 'fingerprint'
  | 'sampled'
  | 'kindred'
  | 'fileType'
  | 'moeLayers'
  | 'predictionLayers'
  | 'nExpert'
  | 'nExpertGroups'
>;

/** Requested routing, in addition to the file; absent: as the file says. */
type AskedRouting = {
  readonly grouping?: Grouping | undefined;
  readonly activeExperts?: number | undefined;
};

/** A mask for one model. */
export type ModelMask = Selection &
  Pick<ReadMask, 'document'> & {
    /** Warnings about what the file does not prove. */
    readonly warnings: readonly Sentence[];
  };

/**
 * The mask `[n_moe_layers][nExpert]` of 0 and 1.
 * @throws WinnowError MASK_INVALID for an index outside 0 … nExpert − 1
 */
export function maskFromKept(kept: KeptExperts, nExpert: number): number[][] {
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
 * are counted from 0 in messages.
 * @throws WinnowError MASK_INVALID for another shape or another value, for a layer that keeps nothing, and when
 * layers keep different numbers
 */
export function keptFromMask(mask: unknown, expected: MaskShape = {}): KeptExperts {
  return parseMask(mask, expected).kept;
}

/**
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, CANCELLED, and MASK_INVALID as `keptFromMask`, naming the file
 */
export async function readMaskFile(path: string, expected: MaskShape = {}, signal?: AbortSignal): Promise<ReadMask> {
  return maskOfFile(await readJsonFile(path, 'MASK_INVALID', MAX_MASK_BYTES, signal), path, expected);
}

/**
 * Reads a mask for this model. A model without MoE layers is not refused here, but by whoever uses the mask.
 * @throws WinnowError as `readMaskFile`; as `maskForModel`
 */
export async function readModelMask(
  path: string,
  info: MaskedModel,
  asked: AskedRouting,
  signal?: AbortSignal,
): Promise<ModelMask> {
  return maskForModel(await readJsonFile(path, 'MASK_INVALID', MAX_MASK_BYTES, signal), path, info, asked);
}

/**
 * Parses a mask for this model.
 * @param value the file's parsed content
 * @throws WinnowError as `maskOfFile`; MODEL_CHANGED: it is for another model; USAGE: its grouping is not the requested one, or
 * neither the file nor the request states one for a model that routes in groups
 */
export function maskForModel(value: unknown, path: string, info: MaskedModel, asked: AskedRouting): ModelMask {
  const document = isMaskDocument(value) ? documentOf(value, path) : null;
  const said = document ? requireMaskModel(document, path, info) : say('maskUnnamed', { path });
  const { kept } = maskOfFile(value, path, info.moeLayers.length > 0 ? maskShape(info) : {});
  return {
    kept,
    document,
    warnings: said === null ? [] : [said],
    ...routingOf(document?.settings ?? null, path, info, asked),
  };
}

/**
 * How the experts of a file route.
 * @param said null: the file does not state it
 * @throws WinnowError USAGE: as `maskForModel`
 */
export function routingOf(
  said: Omit<Selection, 'kept'> | null,
  path: string,
  { nExpertGroups }: Pick<MaskedModel, 'nExpertGroups'>,
  { grouping: asked, activeExperts }: AskedRouting,
): Omit<Selection, 'kept'> {
  if (said && asked !== undefined && asked !== said.grouping) {
    throw new WinnowError('USAGE', say('maskGrouping', { path, said: said.grouping, asked }), { path });
  }
  const grouping = said?.grouping ?? asked;
  if (grouping === undefined && nExpertGroups > 1) {
    throw new WinnowError('USAGE', say('maskGroupingUnsaid', { path, groups: nExpertGroups }), { path });
  }
  return { grouping: grouping ?? 'ungrouped', activeExperts: activeExperts ?? said?.activeExperts ?? null };
}

/** Whether a value states that it is a mask. */
export function isMaskDocument(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === MASK_FORMAT;
}

/** @throws WinnowError MASK_INVALID naming the file and the place in it */
function documentOf(value: unknown, path: string): MaskFile {
  const { data, error } = maskFileSchema.safeParse(value);
  if (data) return data;
  const [issue] = error.issues;
  const place = issue?.path.map(String).join('.') || 'the top level';
  throw invalid(say('maskDamaged', { path, place, reason: (issue?.message ?? '').replace(/\.$/, '') }), {
    path,
    place,
  });
}

/** The warning for using the mask with this model; null: nothing is left to prove. @throws WinnowError MODEL_CHANGED */
function requireMaskModel({ model }: MaskFile, path: string, info: MaskedModel): Sentence | null {
  const { file, fingerprint, kindred, file_type: fileType } = model;
  if (fingerprint === null) return say('maskUnnamed', { path });
  const sameness = samenessOf({ fingerprint, kindred }, info);
  if (sameness !== null) return samenessSaid({ file, fileType }, sameness, info);
  throw new WinnowError(
    'MODEL_CHANGED',
    say('maskForeign', {
      path,
      file: model.file,
      nExpert: model.n_expert,
      layers: model.moe_layers.length,
      model: info.path,
      fingerprint: fingerprint.slice(0, 12),
      found: info.fingerprint.slice(0, 12),
    }),
    { path: info.path, expected: fingerprint, found: info.fingerprint },
  );
}

/**
 * @param value the file's parsed content: a document, or a list
 * @throws WinnowError MASK_INVALID as `keptFromMask`, naming the file
 */
export function maskOfFile(value: unknown, path: string, expected: MaskShape = {}): ReadMask {
  const document = isMaskDocument(value) ? documentOf(value, path) : null;
  const own = document && { nLayers: document.model.moe_layers.length, nExpert: document.model.n_expert };
  try {
    if (document && own) parseMask(document.mask, own);
    return { ...parseMask(document ? document.mask : value, expected), document };
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

/** The model that a mask is for, when its header is known. */
export function maskModel(info: MaskedModel & Pick<ModelInfo, 'arch'>, kept: KeptExperts): MaskFile['model'] {
  const { path, arch, fingerprint, kindred, fileType, nExpert } = info;
  return {
    file: basename(path),
    arch,
    fingerprint,
    ...(kindred !== undefined && { kindred }),
    file_type: fileType,
    moe_layers: blocksOfChoice(info, kept),
    n_expert: nExpert,
  };
}

/** @throws WinnowError MASK_INVALID as `maskFromKept` */
export function maskDocument(
  model: MaskFile['model'],
  kept: KeptExperts,
  { criterion, settings }: { readonly criterion: MaskFile['criterion']; readonly settings: SelectionSettings },
): MaskFile {
  const mask = maskFromKept(kept, model.n_expert);
  return { format: MASK_FORMAT, version: MASK_VERSION, model, criterion, settings, mask };
}

/**
 * Writes one layer per line, so that two masks can be compared by eye. Readers of `path` see either the old file or the whole new one.
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE
 */
export async function writeMaskFile(path: string, { mask, ...rest }: MaskFile): Promise<void> {
  const rows = mask.map((row) => `    [${row.join(',')}]`).join(',\n');
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, '');
  await writeTextFile(path, `${head},\n  "mask": [\n${rows}\n  ]\n}\n`);
}

function parseMask(mask: unknown, expected: MaskShape): Omit<ReadMask, 'document'> {
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

/** The value as text, cut to fit into a message. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= QUOTED_CHARS ? text : `${text.slice(0, QUOTED_CHARS)}…`.toWellFormed();
}

function invalid(said: Sentence, details: Readonly<Record<string, unknown>>): WinnowError {
  return new WinnowError('MASK_INVALID', said, details);
}
