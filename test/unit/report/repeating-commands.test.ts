// The commands of a card say how demos were taken, and how the file was laid out and quantised.
import { expect, test } from 'vitest';
import { repeatingCommands } from '../../../electron/engine/report/repeating-commands.ts';
import type { ExportedPlan } from '../../../electron/engine/store/exports.ts';
import { sampleParts } from './sample-card.ts';

const quantised = {
  type: 'Q4_K_M',
  rules: { attention: 'q6_K' },
  imatrix: 'math.imatrix.gguf',
  allowRequantize: false,
} as const;
const how: NonNullable<ExportedPlan['how']> = {
  grouping: 'balanced',
  activeExperts: 1,
  lowerUsed: true,
  nextn: 'reuse',
  imatrix: { name: 'math.imatrix.gguf', sha256: 'ab', runId: 7, datasets: ['math'], chunks: 3 },
  chosenBy: 1,
};

test('of a choice by a run that collected the importance matrix', () => {
  const { subject, sources } = sampleParts({ plan: { quantised, how } });
  const taken = { limit: 2, limitBy: 'random', holdBack: 0.1, cutOff: true } as const;
  const commands = repeatingCommands({ subject, sources: sources.map((one) => ({ ...one, taken })), rows: [] });
  expect(commands.slice(0, 3)).toEqual([
    'winnow score tiny.gguf --demos m.jsonl --domain math --limit 2 --limit-by random --hold-back 0.1 --cut-off --max-tokens 512 --imatrix math.imatrix.gguf --out scores.json',
    'winnow select --scores scores.json --criterion easy-ep --keep 2 --super-experts rank -o choice.json',
    'winnow prune tiny.gguf --choice choice.json --active-experts 1 --nextn reuse --lower-used --type Q4_K_M --imatrix math.imatrix.gguf --attention-type q6_K -o tiny.gguf',
  ]);
});

test('of what is as usual, nothing; each text is measured again', () => {
  const { subject, sources, rows } = sampleParts();
  expect(repeatingCommands({ subject, sources: sources.map((one) => ({ ...one, taken: {} })), rows })).toEqual([
    'winnow score tiny.gguf --demos m.jsonl --domain math --max-tokens 512 --out scores.json',
    'winnow select --scores scores.json --criterion easy-ep --keep 2 --super-experts rank -o choice.json',
    'winnow prune tiny.gguf --choice choice.json -o tiny.gguf',
    'winnow eval tiny.gguf --text held-out.txt --domain math --against tiny.gguf --ctx 512',
    'winnow eval tiny.gguf --text french.txt --domain french --against tiny.gguf --ctx 512',
    'winnow report --file tiny.gguf -o report.html',
  ]);
});

test('a whole model is quantised, not pruned', () => {
  const whole = { ...how, grouping: 'ungrouped', activeExperts: null, nextn: 'scored', chosenBy: null } as const;
  const { subject } = sampleParts({ plan: { keep: 8, quantised, how: whole } });
  const none = { ...subject, selection: null, chosenBy: null };
  expect(repeatingCommands({ subject: none, sources: [], rows: [] })[0]).toBe(
    'winnow quantize tiny.gguf --type Q4_K_M --imatrix math.imatrix.gguf --attention-type q6_K -o tiny.gguf',
  );
});
