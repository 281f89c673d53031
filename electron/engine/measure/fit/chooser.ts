// Chooses the experts of a search's files: by the run's scores.
import type { ChoosingWay } from '../../../contract/fit.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { choose } from '../../experts/selections/choose.ts';
import { saveSelection } from '../../experts/selections/save-selection.ts';
import { settingsOf } from '../../experts/selections/selection-view.ts';
import { scoresOfRuns, type ChooserTools } from '../../experts/selections/scores-of-runs.ts';
import { knownModel } from '../../experts/selection/known-model.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { hashJson } from '../../store/json.ts';
import { listSelections, type StoredSelection } from '../../store/selections.ts';
import type { Task } from '../../store/task.ts';
import type { FileKind } from './candidates.ts';
import { choiceRequest } from './selection-request.ts';

type Chosen = Pick<FileKind<unknown>, 'keep' | 'activeExperts'>;

type ChooserOptions = {
  readonly request: FitRequest;
  readonly runId: number;
  readonly model: InspectedModel;
  readonly tools: ChooserTools;
  readonly context: EngineContext;
  readonly task: Task;
};

export class Chooser {
  readonly #options: ChooserOptions;

  constructor(options: ChooserOptions) {
    this.#options = options;
  }

  /** Chooses the kept experts. @throws WinnowError SELECTION_IMPOSSIBLE */
  async kept(way: ChoosingWay, of: Chosen): Promise<KeptExperts> {
    const { request, runId, tools, task } = this.#options;
    const asked = choiceRequest({ ...request, ...way }, runId, of);
    return (await choose(await scoresOfRuns(asked, tools, task.signal), asked, task.signal)).kept;
  }

  /** Stores the choice, only once however often its file is written. */
  async stored(way: ChoosingWay, of: Chosen & { readonly kept: KeptExperts }): Promise<StoredSelection> {
    const { request, runId, model, tools, context, task } = this.#options;
    const { store } = context;
    const again = choiceRequest({ ...request, ...way }, runId, of);
    const modelId = knownModel(store, model.info).id;
    const wanted = hashJson([again, of.kept]);
    const stored = listSelections(store, modelId).find(
      (selection) => hashJson([settingsOf(selection).selection, selection.kept]) === wanted,
    );
    return stored ?? (await saveSelection(store, again, { name: '', changedFrom: null }, tools, task.signal));
  }
}
