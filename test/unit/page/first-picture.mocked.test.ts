// What the page asks for before it is drawn, of an engine that is a list here.
import { beforeEach, expect, test, vi } from 'vitest';
import type { Settings } from '../../../electron/contract/api/app.ts';
import { askForChoice } from '../../../renderer/screens/choose/first-picture.ts';
import { askForRunScores } from '../../../renderer/screens/score/run-view.ts';

const RUN = { id: 7, moeLayers: [0, 1], nExpert: 32, nExpertUsed: 4 };
const STORED = { runIds: [7, 9], criterion: 'gate', mix: [1, 2], seed: 3 };

const asked = vi.hoisted(() => ({ calls: [] as [string, unknown][], answers: new Map<string, unknown>() }));

vi.mock('../../../renderer/state/calls.ts', () => ({
  askAhead: (name: string, params: unknown) => {
    asked.calls.push([name, params]);
    return Promise.resolve(asked.answers.get(name) ?? null);
  },
}));

beforeEach(() => {
  asked.calls = [];
  asked.answers = new Map<string, unknown>([
    ['runs.get', RUN],
    ['selections.get', { request: STORED }],
  ]);
});

function settings(trail: Partial<Settings['trail']>): Settings {
  return {
    trail: { modelId: null, domainId: null, runIds: [], selectionId: null, exportId: null, ...trail },
  } as Settings;
}

const names = (): string[] => asked.calls.map(([name]) => name);
const scores = (): unknown => asked.calls.find(([name]) => name === 'runs.scores')?.[1];
const FIRST = { runIds: [7], criterion: 'easy-ep', mix: 'shares' };

test('Score asks for the trail’s first run and its scores', async () => {
  await askForRunScores(settings({ runIds: [7, 9] }));
  expect(names()).toEqual(['runs.get', 'runs.scores']);
  expect(scores()).toEqual({ ...FIRST, seed: 0 });
});

test('Score asks for nothing where it will show no scores: no run, a run that is gone', async () => {
  await askForRunScores(settings({}));
  expect(names()).toEqual([]);
  asked.answers.delete('runs.get');
  await askForRunScores(settings({ runIds: [7] }));
  expect(names()).toEqual(['runs.get']);
});

test('Choose asks for the stored choice’s scores, and for what it keeps', async () => {
  await askForChoice(settings({ runIds: [7, 9], selectionId: 5 }));
  expect(names()).toEqual(['selections.get', 'runs.scores', 'selections.compute']);
  expect(scores()).toEqual(STORED);
  expect(asked.calls.at(-1)?.[1]).toEqual({ request: STORED });
});

test('Choose asks for those of the first choice from one run; of several runs the lists must tell', async () => {
  await askForChoice(settings({ runIds: [7] }));
  expect(names()).toEqual(['runs.get', 'runs.scores', 'selections.compute']);
  expect(scores()).toEqual({ ...FIRST, seed: 0 });
  asked.calls = [];
  await askForChoice(settings({ runIds: [7, 9] }));
  expect(names()).toEqual([]);
});
