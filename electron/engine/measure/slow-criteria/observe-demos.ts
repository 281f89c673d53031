// The observing pass: runs the demos through the model once more, to collect what scoring does not keep.
import type { ComparedCriterion } from '../../../contract/criteria.ts';
import { CLASSES_OF_CHOICE, TOKEN_CLASSES, type TokenChoice } from '../../../contract/token-classes.ts';
import { gateInInput } from '../../models/architecture-rules.ts';
import { passesThrough, tokensOf } from '../../models/placement/packs.ts';
import { scoringContext } from '../../models/placement/scoring-context.ts';
import type { PreparedSubject } from '../../experts/scoring/prepare-scoring.ts';
import { readWindow } from '../../experts/scoring/demo-windows.ts';
import type { RunTools } from '../../experts/scoring/score-run.ts';
import type { Observation } from './evidence.ts';
import { observing } from './register.ts';

/** Tokens of a demo whose gate weights form one sample of the dictionary. */
const WINDOW = 256;

type WantedObservation = {
  /** Whether to observe the experts' outputs, by dimension. */
  readonly outputs: boolean;
  /** Whether to observe outliers. That needs a second pass, since outliers are known only after the first. */
  readonly outliers: boolean;
  /** Whether to observe router logits, which show how similar the router finds two experts. */
  readonly logits: boolean;
};

/** What is observed in passes of its own. */
export type Observing = { readonly wanted: WantedObservation; readonly dictionary: boolean };

/**
 * What must be observed for these criteria.
 * @param groups whether groups of experts that work together are requested
 * @param merged whether experts are merged into others
 * @returns null: nothing
 */
export function observingFor(
  criteria: readonly ComparedCriterion[],
  { groups, merged }: { readonly groups: boolean; readonly merged: boolean },
): Observing | null {
  const needs = observing(criteria).flatMap((row) => (row.observes === 'demos' ? [row.needs] : []));
  const logits = groups || merged;
  if (needs.length === 0 && !logits) return null;
  const outliers = needs.includes('outliers');
  return {
    wanted: { outputs: outliers || needs.includes('outputs'), outliers, logits },
    dictionary: groups || needs.includes('dictionary'),
  };
}

/** Number of passes over the demos. */
export function observingPasses({ outliers }: WantedObservation): number {
  return outliers ? 2 : 1;
}

/**
 * Runs the observing pass.
 * @param tokens the choice of tokens that count
 * @throws WinnowError from loading and scoring; CANCELLED: nothing of it is kept
 */
export async function observeDemos(
  { info, tokenized, settings, paging }: PreparedSubject,
  tokens: TokenChoice,
  wanted: WantedObservation,
  { backend, model, task }: RunTools,
): Promise<Observation> {
  const loaded = await model();
  const lengths = tokenized.map((demo) => demo.tokens.length);
  const read = { lengths, alone: loaded.isRecurrent, window: settings.window };
  const context = scoringContext(read, settings);
  const moeLayers = Int32Array.from(info.moeLayers);
  const inInput = gateInInput(info.arch);
  const isCounted = TOKEN_CLASSES.map((tokenClass) => CLASSES_OF_CHOICE[tokens].includes(tokenClass));
  await backend.call('setMask', { mask: null, ungrouped: false });
  const { outputs, logits } = wanted;
  await backend.call('beginObserving', { moeLayers, window: WINDOW, gateInInput: inInput, outputs, logits });
  const passes = observingPasses(wanted);
  const total = passes * lengths.reduce((sum, length) => sum + length, 0);
  let done = 0;
  for (let pass = 0; pass < passes; pass++) {
    if (pass > 0) await backend.call('countOutliers', {});
    for (const windows of passesThrough(read, settings.nUbatch)) {
      const demos = windows.map((window) => readWindow(tokenized[window.demo]!, window, loaded));
      await backend.call(
        'score',
        {
          sequences: demos.map((demo) => demo.tokens),
          counted: demos.map(({ classes }) => classes.map((tokenClass) => (isCounted[tokenClass] ? 1 : 0))),
          moeLayers,
          gateInInput: inInput,
          ...context,
          paging,
          nTop: 0,
          taps: true,
          observe: true,
        },
        { signal: task.signal, onProgress: (part) => task.progress(done + part, total, 'tokens') },
      );
      done += tokensOf(windows);
    }
  }
  const found = await backend.call('takeObserved', {});
  return { ...found, nLayers: info.moeLayers.length, nExpert: info.nExpert };
}
