// Masks and scores.json. A mask is taken exactly where it is a table of 0 and 1 with as many ones in every row; scores that are
// read are matrices of the model's shape, of numbers that can be compared.
import { join } from 'node:path';
import type { Criterion } from '../../../../electron/contract/criteria.ts';
import type { ScoresFile } from '../../../../electron/contract/scores-file.ts';
import { readMaskFile } from '../../../../electron/engine/experts/selection/mask-file.ts';
import { matrixFromScores, readScoresFile } from '../../../../electron/engine/experts/selection/scores-file.ts';
import { mutateText } from '../demos/mutate-text.ts';
import { mutateBytes, mutateJson } from '../mutate.ts';
import type { Random } from '../../random.ts';
import type { OpenTarget } from '../../target.ts';
import { tryFile } from '../try-file.ts';

const LAYERS = 6;
const EXPERTS = 16;
const table = <T>(cell: (layer: number, expert: number) => T): T[][] =>
  Array.from({ length: LAYERS }, (_, layer) => Array.from({ length: EXPERTS }, (__, expert) => cell(layer, expert)));

const MASK = table((layer, expert) => Number((expert + layer) % 2 === 0));
const criteria = (start: number): ScoresFile['criteria'] => {
  const matrix = (more: number): number[][] => table((layer, expert) => start + more + layer / 3 + expert / 7);
  return { 'easy-ep': matrix(0), reap: matrix(1), ean: matrix(2), gate: matrix(3), frequency: matrix(4) };
};
const SCORES: ScoresFile = {
  model: {
    path: '/models/a.gguf',
    arch: 'qwen3moe',
    moe_layers: [0, 1, 2, 3, 5, 6],
    n_expert: EXPERTS,
    n_expert_used: 2,
    fingerprint: 'f'.repeat(64),
    n_expert_groups: 0,
    experts_per_block: 1,
  },
  domain: 'python',
  tokens: 100,
  demos: [
    { id: 'a.jsonl:1', tokens: 50, criteria: criteria(0) },
    { id: 'a.jsonl:2', tokens: 50, criteria: criteria(1) },
  ],
  criteria: criteria(1),
};

/** One in twenty is as it was. */
function make(document: object, random: Random): { bytes: Buffer; isSound: boolean } {
  const text = JSON.stringify(document);
  if (random.once(20)) return { bytes: Buffer.from(text), isSound: true };
  if (random.once(3)) return { bytes: mutateBytes(Buffer.from(text), random), isSound: false };
  const bytes = random.once(2) ? Buffer.from(mutateJson(document, random)) : mutateText(text, random).bytes;
  return { bytes, isSound: false };
}

/** The kept experts of each layer, or null where it is no mask. */
function keptIn(bytes: Buffer): number[][] | null {
  let rows: unknown;
  try {
    rows = JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''));
  } catch {
    return null;
  }
  if (!Array.isArray(rows) || rows.length !== LAYERS) return null;
  const kept = (rows as unknown[]).map((row) =>
    Array.isArray(row) && row.length === EXPERTS && row.every((cell) => [0, 1, false, true].includes(cell as number))
      ? row.flatMap((cell, expert) => (cell === 1 || cell === true ? [expert] : []))
      : [],
  );
  const [first] = kept;
  return first && first.length > 0 && kept.every(({ length }) => length === first.length) ? kept : null;
}

function problemOf(file: ScoresFile): string | null {
  const { moe_layers: layers } = file.model;
  for (const criterion of Object.keys(file.criteria) as Exclude<Criterion, 'random'>[]) {
    const { nLayers, nExpert, scores } = matrixFromScores(file, criterion);
    if (scores.length !== nLayers * nExpert || nLayers !== layers.length) return 'a matrix of another shape';
    if (!scores.every((score) => Number.isFinite(score) && score >= 0)) return 'scores that are no numbers to compare';
  }
  return null;
}

export function openMasks(folder: string): OpenTarget {
  const path = join(folder, 'mask.json');
  return {
    tryInput: (random) => {
      const { bytes } = make(MASK, random);
      const truth = keptIn(bytes);
      const read = async (): Promise<string | null> => {
        const { kept } = await readMaskFile(path, { nLayers: LAYERS, nExpert: EXPERTS });
        return JSON.stringify(kept) === JSON.stringify(truth) ? null : `read as ${JSON.stringify(kept).slice(0, 200)}`;
      };
      return tryFile({ kind: 'masks', path, bytes, isSound: truth !== null, read });
    },
  };
}

export function openScores(folder: string): OpenTarget {
  const path = join(folder, 'scores.json');
  const read = async (): Promise<string | null> => problemOf(await readScoresFile(path));
  return { tryInput: (random) => tryFile({ kind: 'scores', path, ...make(SCORES, random), read }) };
}
