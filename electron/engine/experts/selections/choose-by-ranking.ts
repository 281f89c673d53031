// Chooses experts by a ranking from elsewhere instead of scores.
import { basename, extname } from 'node:path';
import type { CallParams, CallResult } from '../../../contract/api.ts';
import { CRITERIA, type Criterion } from '../../../contract/criteria.ts';
import type { ChoiceFile } from '../../../contract/choice-file.ts';
import { printableName } from '../../../contract/printable.ts';
import { TOKEN_CHOICES } from '../../../contract/token-classes.ts';
import { mean } from '../../base/statistics/averages.ts';
import { inspectFile, requirePrunable } from '../../models/inspect.ts';
import { inspectedMemory } from '../../models/placement/memory-facts.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { addSelection } from '../../store/selections.ts';
import { chooseExperts, countToKeep, prunedBytes } from '../selection/choose-experts.ts';
import { settledKeep } from '../selection/keep-count.ts';
import { knownModel } from '../selection/known-model.ts';
import { choiceDocument, choiceModel } from '../selection/choice-file.ts';
import { readModelRanking } from '../selection/ranking-file.ts';
import type { SelectionSettings } from '../selection/selection-settings.ts';

type Result = CallResult<'selections.byRanking'>;
type RankingRequest = Omit<CallParams<'selections.byRanking'>['request'], 'ranking' | 'model'> & {
  /** Path of the ranking, and of the model file in which experts are chosen. */
  readonly ranking: string;
  readonly model: string;
};

/**
 * Chooses by a ranking, and stores the selection.
 * @throws WinnowError as `readModelRanking`; errors of inspecting the model; USAGE: the count to keep cannot be read;
 * SELECTION_IMPOSSIBLE
 */
export async function chooseByRanking(
  { ranking: path, model: modelPath, keep: asked, grouping, pins, drops }: RankingRequest,
  context: EngineContext,
  signal: AbortSignal,
): Promise<{ readonly result: Omit<Result, 'displayPath'>; readonly modelPath: string; readonly choice: ChoiceFile }> {
  const { store, host, known } = context;
  const model = await inspectFile(modelPath, { host, known, signal });
  const { info } = model;
  requirePrunable(info);
  const { scores, document, said } = await readModelRanking(path, info, signal);
  const memory = (ctx: number) => inspectedMemory(model, ctx, host);
  const keep = await countToKeep({ keep: settledKeep(asked, info.nExpert), grouping, drops }, info, memory);
  const matrix = { nLayers: scores.length, nExpert: info.nExpert, scores: Float64Array.from(scores.flat()) };
  const name = printableName(basename(path, extname(path)));
  const domain = document?.demos?.domain ?? name;
  const options = { mix: 'shares', keep, grouping, pins, drops, superExperts: 'rank' } as const;
  const chosen = await chooseExperts([{ domain, tokens: 'all', matrix }], info, options, signal);
  const { kept, retained } = chosen;
  const criterion: Criterion | null = CRITERIA.find((one) => one === document?.criterion) ?? null;
  const settings: SelectionSettings = {
    mix: 'shares',
    grouping,
    activeExperts: null,
    seed: 0,
    superExperts: 'rank',
    selection: null,
    tokens: TOKEN_CHOICES.find((choice) => choice === document?.tokens) ?? 'all',
    // the demos themselves are on the machine where the ranking was made
    demos: document?.demos
      ? [
          {
            domain,
            demos: [],
            tokens: document.demos.tokens,
          },
        ]
      : [],
    retained: mean(retained),
  };
  const selection = addSelection(store, { modelId: knownModel(store, info).id, name, kept, criterion, settings });
  return {
    result: {
      selectionId: selection.id,
      criterion: document?.criterion ?? null,
      keep,
      nExpert: info.nExpert,
      kept,
      said,
      retained: mean(retained),
      bytes: { full: info.bytes, pruned: prunedBytes(info, keep) },
    },
    modelPath: info.path,
    choice: choiceDocument(choiceModel(info, kept), { kept, criterion, settings }),
  };
}
