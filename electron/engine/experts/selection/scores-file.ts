// scores.json: reads it, checks that it is complete, and extracts one criterion's matrix.
import type { z } from 'zod';
import { FAST_CRITERIA, type ScoreMatrix } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { scoresFileSchema, STORED_CRITERIA, type ScoresFile } from '../../../contract/scores-file.ts';
import { msg } from '../../../contract/sentences.ts';
import { readJsonFile } from '../../base/files/user-files.ts';
import { randomMatrix, SUMS_BEHIND } from './criteria.ts';

/** A model with 60 layers of 256 experts takes some megabytes. */
const MAX_SCORES_BYTES = 64 << 20;

/**
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, CANCELLED, or SCORES_INVALID naming the file and the place in it
 */
export async function readScoresFile(path: string, signal?: AbortSignal): Promise<ScoresFile> {
  const parsed = scoresFileSchema.safeParse(await readJsonFile(path, 'SCORES_INVALID', MAX_SCORES_BYTES, signal));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw invalid(path, issuePlace(issue), issueReason(issue));
  }
  checkModel(path, parsed.data.model);
  checkMatrices(path, parsed.data.model, parsed.data.criteria, 'criteria');
  if (Object.keys(parsed.data.criteria).length === 0) throw invalid(path, 'criteria', 'there are no scores');
  checkReached(path, parsed.data.criteria.frequency ?? []);
  const { max_norm } = parsed.data;
  if (max_norm !== undefined) checkMatrices(path, parsed.data.model, { max_norm }, 'the top level');
  return parsed.data;
}

/**
 * One criterion's scores over all demos of the file.
 * @param criterion one that Winnow knows, or a name of another program's that the file holds
 * @param seed for `random`, whose scores are generated, not stored
 * @throws WinnowError SCORES_INVALID: the file does not hold it
 */
export function matrixFromScores(file: ScoresFile, criterion: string, seed = 0): ScoreMatrix {
  const nLayers = file.model.moe_layers.length;
  const nExpert = file.model.n_expert;
  if (criterion === 'random') return randomMatrix({ nLayers, nExpert, seed });
  return { nLayers, nExpert, scores: storedScores(file, criterion) };
}

/** Scores as the file holds them or as they follow from its sums. */
function storedScores({ model, criteria }: ScoresFile, criterion: string): Float64Array {
  const stored = (name: string | undefined): Float64Array | undefined =>
    name !== undefined && Object.hasOwn(criteria, name) ? Float64Array.from(criteria[name]!.flat()) : undefined;
  const own = stored(criterion);
  if (own !== undefined) return own;
  const fast = FAST_CRITERIA.find((name) => name === criterion);
  const [sum, divisor] = (fast ? SUMS_BEHIND[fast] : []).map((behind) =>
    stored(STORED_CRITERIA.find((name) => SUMS_BEHIND[name].join() === behind)),
  );
  if (sum === undefined || (fast !== undefined && SUMS_BEHIND[fast].length === 2 && divisor === undefined)) {
    throw new WinnowError(
      'SCORES_INVALID',
      msg('scoresWithout', { model: model.path, criterion, held: Object.keys(criteria).join(', ') }),
      { criterion },
    );
  }
  return sum.map((value, i) => (divisor === undefined ? value : divisor[i]! > 0 ? value / divisor[i]! : 0));
}

function checkModel(path: string, model: ScoresFile['model']): void {
  const { moe_layers, n_expert, n_expert_used } = model;
  if (moe_layers.length === 0) throw invalid(path, 'model.moe_layers', 'there is no MoE layer');
  const unordered = moe_layers.findIndex((block, i) => i > 0 && block <= moe_layers[i - 1]!);
  if (unordered > 0) {
    throw invalid(path, `model.moe_layers[${unordered}]`, 'block indices must ascend');
  }
  if (n_expert_used > n_expert) {
    throw invalid(path, 'model.n_expert_used', `${n_expert_used} is more than the ${n_expert} experts`);
  }
}

function checkMatrices(
  path: string,
  model: ScoresFile['model'],
  matrices: Readonly<Record<string, number[][]>>,
  at: string,
): void {
  for (const [name, rows] of Object.entries(matrices)) {
    const place = `${at}.${name}`;
    if (rows.length !== model.moe_layers.length) {
      throw invalid(path, place, `${rows.length} rows for ${model.moe_layers.length} MoE layers`);
    }
    rows.forEach((row, layer) => {
      if (row.length !== model.n_expert) {
        throw invalid(path, `${place}[${layer}]`, `${row.length} scores for ${model.n_expert} experts`);
      }
      const negative = row.findIndex((score) => score < 0);
      if (negative >= 0)
        throw invalid(path, `${place}[${layer}][${negative}]`, `the score ${row[negative]} is negative`);
    });
  }
}

/** Checks that tokens were routed in every layer: scores of a layer without any mean nothing. */
function checkReached(path: string, counts: readonly number[][]): void {
  const layer = counts.findIndex((row) => !row.some((count) => count > 0));
  if (layer >= 0) throw invalid(path, `criteria.frequency[${layer}]`, 'no token went to any expert');
}

/** A name that is longer is cut where it is told. */
const TOLD_CHARS = 120;

function issuePlace({ path }: z.core.$ZodIssue): string {
  if (path.length === 0) return 'the top level';
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key).slice(0, TOLD_CHARS)}`))
    .join('')
    .replace(/^\./, '');
}

/** Zod's message in plain words. */
function issueReason({ message }: z.core.$ZodIssue): string {
  return message.replace(/^Invalid input: /, '').replace('received undefined', 'found nothing');
}

function invalid(path: string, place: string, reason: string): WinnowError {
  return new WinnowError('SCORES_INVALID', msg('scoresInvalid', { path, place, reason }), { path, place, reason });
}
