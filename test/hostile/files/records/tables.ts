// Choices and scores.json. A choice that is read keeps as many experts in every layer, in order; scores that are read are
// matrices of the model's shape, of numbers that can be compared.
import { join } from 'node:path';
import type { ChoiceFile } from '../../../../electron/contract/choice-file.ts';
import type { Criterion } from '../../../../electron/contract/criteria.ts';
import type { ScoresFile } from '../../../../electron/contract/scores-file.ts';
import { choiceDocument, readChoiceFile } from '../../../../electron/engine/experts/selection/choice-file.ts';
import { selectionSettingsSchema } from '../../../../electron/engine/experts/selection/selection.ts';
import { matrixFromScores, readScoresFile } from '../../../../electron/engine/experts/selection/scores-file.ts';
import { mutateBytes, mutateJson } from '../mutate.ts';
import type { Random } from '../../random.ts';
import type { OpenTarget } from '../../target.ts';
import { tryFile } from '../try-file.ts';

const LAYERS = 6;
const EXPERTS = 16;
const table = <T>(cell: (layer: number, expert: number) => T): T[][] =>
  Array.from({ length: LAYERS }, (_, layer) => Array.from({ length: EXPERTS }, (__, expert) => cell(layer, expert)));

const KEPT = table((_, expert) => expert).map((experts, layer) => experts.filter((one) => (one + layer) % 2 === 0));
const matrix = (start: number): number[][] => table((layer, expert) => start + layer / 3 + expert / 7);
const MODEL = { arch: 'qwen3moe', fingerprint: 'f'.repeat(64), moe_layers: [0, 1, 2, 3, 5, 6], n_expert: EXPERTS };
const SCORES: ScoresFile = {
  model: { ...MODEL, path: '/models/a.gguf', n_expert_used: 2, n_expert_groups: 0, experts_per_block: 1 },
  domain: 'python',
  tokens: 100,
  demos: ['a.jsonl:1', 'a.jsonl:2'].map((id) => ({ id, tokens: 50 })),
  criteria: { 'easy-ep': matrix(1), reap: matrix(2), ean: matrix(3), gate: matrix(4), frequency: matrix(5) },
};
const CHOICE = choiceDocument(
  { ...MODEL, file: 'a.gguf' },
  { kept: KEPT, criterion: null, settings: selectionSettingsSchema.parse({}) },
);

/** One in twenty is as it was. */
function make(document: object, random: Random): { bytes: Buffer; isSound: boolean } {
  const text = JSON.stringify(document);
  if (random.once(20)) return { bytes: Buffer.from(text), isSound: true };
  const bytes = random.once(2) ? mutateBytes(Buffer.from(text), random) : Buffer.from(mutateJson(document, random));
  return { bytes, isSound: false };
}

function oddityOf({ kept, model }: ChoiceFile): string | null {
  const isRow = (row: readonly number[]): boolean =>
    row.length > 0 &&
    row.length === kept[0]?.length &&
    row.every((expert, i) => Number.isInteger(expert) && expert < model.n_expert && expert > (row[i - 1] ?? -1));
  return kept.length === model.moe_layers.length && kept.every(isRow) ? null : `read as ${JSON.stringify(kept)}`;
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

export function openChoices(folder: string): OpenTarget {
  const path = join(folder, 'choice.json');
  const read = async (): Promise<string | null> => oddityOf(await readChoiceFile(path));
  return { tryInput: (random) => tryFile({ kind: 'choices', path, ...make(CHOICE, random), read }) };
}

export function openScores(folder: string): OpenTarget {
  const path = join(folder, 'scores.json');
  const read = async (): Promise<string | null> => problemOf(await readScoresFile(path));
  return { tryInput: (random) => tryFile({ kind: 'scores', path, ...make(SCORES, random), read }) };
}
