// Rankings as files: Winnow's own format, and tables of other programs, `layer,expert,score`.
import { parse, CsvError } from 'csv-parse/sync';
import { z } from 'zod';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { WinnowError } from '../../../contract/errors.ts';
import {
  RANKING_FORMAT,
  rankingFileSchema,
  type RankingFile,
  type RankingForm,
} from '../../../contract/ranking-file.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { jsonExcess, parsedJson } from '../../base/files/json-guard.ts';
import { readWhole } from '../../base/files/read-whole.ts';
import { readError } from '../../base/files/user-files.ts';
import { samenessOf, samenessSaid } from '../../models/sameness.ts';
import { blocksOfChoice, choiceLengths } from '../../models/prediction-blocks.ts';

/** llama.cpp supports at most 512 layers of 1024 experts, each of which takes one line of a table. */
const MAX_RANKING_BYTES = 64 << 20;

type RankedModel = Pick<
  ModelInfo,
  'path' | 'nExpert' | 'moeLayers' | 'predictionLayers' | 'kindred' | 'fingerprint' | 'fileType'
>;

/** Scores that fit a model. */
type ModelRanking = {
  /** One row for each MoE layer, and possibly for each prediction block. */
  readonly scores: readonly (readonly number[])[];
  /** null: a table, which states nothing else. */
  readonly document: RankingFile | null;
  /** A warning about what the file does not prove; null: nothing. */
  readonly said: Sentence | null;
};

/**
 * @param info the model in which experts will be chosen
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, CANCELLED; RANKING_INVALID naming the file and the place in it; MODEL_CHANGED:
 * it is for another model
 */
export async function readModelRanking(path: string, info: RankedModel, signal?: AbortSignal): Promise<ModelRanking> {
  const bytes = await readBytes(path, signal);
  if (!bytes.toString('latin1', 0, 64).trimStart().startsWith('{')) {
    const scores = tableScores(bytes, path, info);
    requireOrder(scores, path);
    return { scores, document: null, said: say('rankingUnnamed', { path }) };
  }
  const document = rankingOf(bytes, path);
  const { model, scores } = document;
  if (model.kindred !== null && model.kindred !== info.kindred) {
    throw new WinnowError('MODEL_CHANGED', say('rankingForeign', { path, name: model.name, model: info.path }), {
      path,
    });
  }
  const blocks = blocksOfChoice(info, scores);
  if (model.n_expert !== info.nExpert || model.moe_layers.join() !== blocks.join()) {
    const counts = { nExpert: model.n_expert, layers: model.moe_layers.length, first: model.moe_layers[0] ?? 0 };
    const own = { experts: info.nExpert, ownLayers: info.moeLayers.length, ownFirst: info.moeLayers[0] ?? 0 };
    throw new WinnowError('MODEL_CHANGED', say('rankingShape', { path, model: info.path, ...counts, ...own }), {
      path,
    });
  }
  requireOrder(scores, path);
  return { scores, document, said: rankingSaid(model, path, info) };
}

/** The warning for choosing in this model; null: its weights are those that were scored, or the ranking does not say. */
function rankingSaid({ name, kindred, fingerprint }: RankingFile['model'], path: string, info: RankedModel) {
  if (kindred === null) return say('rankingUnnamed', { path });
  if (typeof fingerprint !== 'string') return null;
  const sameness = samenessOf({ fingerprint, kindred }, info) ?? 'kindred';
  return samenessSaid({ file: name }, sameness, info);
}

/** Experts with equal scores have no order. @throws WinnowError RANKING_INVALID: all of a layer are equal */
function requireOrder(scores: ModelRanking['scores'], path: string): void {
  const flat = scores.findIndex((row) => row.length > 1 && row.every((score) => score === row[0]));
  if (flat >= 0)
    throw invalid(path, `row ${flat} of the layers`, 'all experts have the same score, so none comes first');
}

/** The text of a file in this form. */
export function rankingText(ranking: RankingFile, form: RankingForm): string {
  const { scores, ...rest } = ranking;
  if (form === 'csv') {
    const lines = scores.flatMap((row, layer) =>
      row.map((score, expert) => `${ranking.model.moe_layers[layer] ?? layer},${expert},${score}\n`),
    );
    return `${COLUMNS.join()}\n${lines.join('')}`;
  }
  const rows = scores.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  return `${JSON.stringify(rest, null, 2).replace(/\n\}$/, '')},\n  "scores": [\n${rows}\n  ]\n}\n`;
}

async function readBytes(path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  try {
    return await readWhole(path, {
      maxBytes: MAX_RANKING_BYTES,
      tooLarge: () => invalid(path, 'the whole file', `it is larger than ${displayBytes(MAX_RANKING_BYTES)}`),
      signal,
    });
  } catch (error) {
    throw error instanceof WinnowError ? error : readError(path, error);
  }
}

function rankingOf(bytes: Buffer, path: string): RankingFile {
  const value = jsonExcess(bytes) === null ? parsedJson(bytes.toString('utf8')) : undefined;
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== RANKING_FORMAT) {
    throw invalid(path, 'the top level', `it is not a ranking: "format" should be "${RANKING_FORMAT}"`);
  }
  const { data, error } = rankingFileSchema.safeParse(value);
  if (data === undefined) {
    const [issue] = error.issues;
    throw invalid(path, issue?.path.map(String).join('.') || 'the top level', issue?.message ?? 'another form');
  }
  const { moe_layers: layers, n_expert: nExpert } = data.model;
  if (data.scores.length !== layers.length) {
    throw invalid(path, 'scores', `${data.scores.length} rows for ${layers.length} layers`);
  }
  const short = data.scores.findIndex((row) => row.length !== nExpert);
  if (short >= 0) throw invalid(path, `scores.${short}`, `${data.scores[short]?.length} scores for ${nExpert} experts`);
  return data;
}

const COLUMNS = ['layer', 'expert', 'score'] as const;
type Row = { readonly line: number; readonly layer: number; readonly expert: number; readonly score: number };

/** The scores of a table, which has every expert of every layer once. Layers are numbered by block, or among those with experts. */
function tableScores(bytes: Buffer, path: string, info: RankedModel): number[][] {
  const rows = tableRows(bytes, path);
  const numbers = [...new Set(rows.map(({ layer }) => layer))].toSorted((a, b) => a - b);
  const blocks = blocksOfChoice(info, numbers);
  const isByBlock = numbers.join() === blocks.join();
  const isByPlace = numbers.every((layer, at) => layer === at);
  if (!choiceLengths(info).includes(numbers.length) || !(isByBlock || isByPlace)) {
    const own = info.moeLayers;
    const found = `${numbers.length} layers, from ${numbers[0] ?? 0} to ${numbers.at(-1) ?? 0}`;
    throw invalid(
      path,
      'layer',
      `${found}, where ${info.path} has ${own.length}: ${own[0] ?? 0} to ${own.at(-1) ?? 0}`,
    );
  }
  const scores = numbers.map(() => new Array<number>(info.nExpert).fill(NaN));
  for (const { line, layer, expert, score } of rows) {
    const row = scores[numbers.indexOf(layer)];
    const known = row?.[expert];
    if (row === undefined || known === undefined) {
      throw invalid(path, `line ${line}`, `expert ${expert}, where ${info.path} has 0 to ${info.nExpert - 1}`);
    }
    if (!Number.isNaN(known)) throw invalid(path, `line ${line}`, `layer ${layer}, expert ${expert} is there twice`);
    row[expert] = score;
  }
  for (const [at, row] of scores.entries()) {
    const missing = row.findIndex(Number.isNaN);
    if (missing >= 0) throw invalid(path, `layer ${numbers[at]}`, `expert ${missing} has no score`);
  }
  return scores;
}

function tableRows(bytes: Buffer, path: string): Row[] {
  const lines = linesOf(bytes, path);
  const [first] = lines;
  const names = first?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  const isNamed = COLUMNS.every((column) => names.includes(column));
  if (!isNamed && (first === undefined || first.cells.length !== COLUMNS.length || !first.cells.every(isNumber))) {
    throw invalid(path, 'line 1', `it should name the columns ${COLUMNS.join()}, or hold three numbers`);
  }
  const at = COLUMNS.map((column, i) => (isNamed ? names.indexOf(column) : i));
  return lines.slice(isNamed ? 1 : 0).map(({ line, cells }) => {
    const [layer = NaN, expert = NaN, score = NaN] = at.map((i) => (isNumber(cells[i]) ? Number(cells[i]) : NaN));
    const isIndex = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
    if (isIndex(layer) && isIndex(expert) && Number.isFinite(score) && score >= 0)
      return { line, layer, expert, score };
    throw invalid(path, `line ${line}`, `"${cells.join()}" has no layer, expert and score of 0 or more`);
  });
}

/** Records as csv-parse returns them with `info`, which its types do not cover. */
const recordsSchema = z.array(z.object({ record: z.array(z.string()), info: z.object({ lines: z.int() }) }));

function linesOf(bytes: Buffer, path: string): { readonly line: number; readonly cells: readonly string[] }[] {
  try {
    const read: unknown = parse(bytes, { bom: true, info: true, relax_column_count: true, skip_empty_lines: true });
    return recordsSchema.parse(read).map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw invalid(path, `line ${Number(error.lines)}`, error.message);
  }
}

function isNumber(cell: string | undefined): boolean {
  return cell !== undefined && cell.trim() !== '' && Number.isFinite(Number(cell));
}

function invalid(path: string, place: string, reason: string): WinnowError {
  return new WinnowError('RANKING_INVALID', say('rankingInvalid', { path, place, reason }), { path, place });
}
