// scores.json: a file that is read gives matrices of the model's shape, of numbers that can be compared.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Criterion } from '../../../../electron/contract/criteria.ts';
import { WinnowError } from '../../../../electron/contract/errors.ts';
import type { ScoresFile } from '../../../../electron/contract/scores-file.ts';
import {
  matrixFromScores,
  readScoresFile,
  scoredUnder,
} from '../../../../electron/engine/experts/selection/scores-file.ts';
import { mutateText } from '../demos/mutate-text.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Random } from '../../random.ts';
import type { OpenTarget, Verdict } from '../../target.ts';
import { unclear } from '../unclear.ts';

const LAYERS = 3;
const EXPERTS = 4;
const matrix = (start: number): number[][] =>
  Array.from({ length: LAYERS }, (_, l) => Array.from({ length: EXPERTS }, (__, e) => start + l / 3 + e / 7));
const criteria = (start: number): ScoresFile['criteria'] => ({
  'easy-ep': matrix(start),
  reap: matrix(start + 1),
  ean: matrix(start + 2),
  gate: matrix(start + 3),
  frequency: matrix(start + 4),
});
const SCORES: ScoresFile = {
  model: {
    path: '/models/a.gguf',
    arch: 'qwen3moe',
    moe_layers: [0, 1, 3],
    n_expert: EXPERTS,
    n_expert_used: 2,
    fingerprint: 'f'.repeat(64),
    n_expert_groups: 0,
    experts_per_block: 1,
  },
  domain: 'python',
  tokens: 100,
  mask: Array.from({ length: LAYERS }, () => [1, 1, 1, 0]),
  demos: [
    { id: 'a.jsonl:1', tokens: 50, criteria: criteria(0) },
    { id: 'a.jsonl:2', tokens: 50, criteria: criteria(1) },
  ],
  criteria: criteria(1),
};

const SOUND = Buffer.from(JSON.stringify(SCORES));

function make(random: Random): Buffer {
  const text = SOUND.toString();
  if (random.once(20)) return SOUND;
  if (random.once(3)) return mutateBytes(SOUND, random);
  return random.once(3) ? mutateText(text, random).bytes : Buffer.from(mutateJson(SCORES, random));
}

function problemOf(file: ScoresFile): string | null {
  const { model } = file;
  const matrices = (Object.keys(file.criteria) as Exclude<Criterion, 'random'>[]).map((criterion) =>
    matrixFromScores(file, criterion),
  );
  for (const { nLayers, nExpert, scores } of matrices) {
    if (scores.length !== nLayers * nExpert || nLayers !== model.moe_layers.length) return 'a matrix of another shape';
    if (!scores.every((score) => Number.isFinite(score) && score >= 0)) return 'scores that are no numbers to compare';
  }
  const kept = scoredUnder(file);
  return kept !== null && kept.length !== model.moe_layers.length ? 'a mask of another shape' : null;
}

async function tryInput(path: string, random: Random): Promise<Verdict> {
  const bytes = make(random);
  writeFileSync(path, bytes);
  try {
    return { kind: 'scores', end: 'read', finding: problemOf(await readScoresFile(path)) };
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    return {
      kind: 'scores',
      end: error.code,
      finding: bytes === SOUND ? `refused what is sound: ${error.message}` : unclear(error, path),
    };
  }
}

export const openScores = (folder: string): OpenTarget => ({
  tryInput: (random) => tryInput(join(folder, 'scores.json'), random),
  close: () => Promise.resolve(null),
});
