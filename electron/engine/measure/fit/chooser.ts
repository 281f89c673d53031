// Chooses the experts of a search's files: by the run's scores, or jointly, by how the output for a sample of tokens changes without them.
import type { ChoosingWay } from '../../../contract/fit.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { FitRequest, Grouping } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import { choose, settingsOfChoice, type Scores } from '../../experts/selections/choose.ts';
import { rememberChoice, saveSelection } from '../../experts/selections/save-selection.ts';
import { settingsOf } from '../../experts/selections/selection-view.ts';
import { scoresOfRuns, type ChooserTools } from '../../experts/selections/scores-of-runs.ts';
import { knownModel } from '../../experts/selection/known-model.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { hashJson } from '../../store/json.ts';
import { listSelections, type StoredSelection } from '../../store/selections.ts';
import type { Task } from '../../store/task.ts';
import { eliminateExperts, type EliminationSample } from '../slow-criteria/eliminate-experts.ts';
import type { FileKind } from './candidates.ts';
import { choiceRequest, isOfRuns, selectionRequest } from './selection-request.ts';

type Chosen = Pick<FileKind<unknown>, 'keep' | 'activeExperts'>;

type ChooserOptions = {
  readonly request: FitRequest;
  readonly runId: number;
  readonly domain: string;
  readonly model: InspectedModel;
  /** null: no token of the demos counts. */
  readonly sample: EliminationSample | null;
  readonly tools: ChooserTools;
  readonly context: EngineContext;
  readonly task: Task;
  /** Releases models that are loaded elsewhere, since two at once may not fit. */
  readonly makeRoom: () => Promise<void>;
};

export class Chooser {
  readonly #options: ChooserOptions;
  readonly #eliminated = new Map<Grouping, Float64Array>();

  constructor(options: ChooserOptions) {
    this.#options = options;
  }

  /** Chooses the kept experts. @throws WinnowError SELECTION_IMPOSSIBLE; for a joint choice also as `eliminateExperts`; DEMOS_EMPTY */
  async kept(way: ChoosingWay, of: Chosen): Promise<KeptExperts> {
    const { request, runId, task } = this.#options;
    const asked = choiceRequest({ ...request, ...way }, runId, of);
    return (await choose(await this.#scores(way), asked, task.signal)).kept;
  }

  /** Stores the choice, only once however often its file is written. */
  async stored(way: ChoosingWay, of: Chosen & { readonly kept: KeptExperts }): Promise<StoredSelection> {
    const { request, runId, model, tools, context, task } = this.#options;
    const { store } = context;
    const again = selectionRequest({ ...request, ...way }, runId, of);
    const modelId = knownModel(store, model.info).id;
    if (again === null) {
      const origin = await (await this.#scores(way)).origin();
      const settings = settingsOfChoice(origin, choiceRequest({ ...request, ...way }, runId, of), null);
      return rememberChoice(store, { modelId, kept: of.kept, criterion: way.criterion, settings });
    }
    const wanted = hashJson([again, of.kept]);
    const stored = listSelections(store, modelId).find(
      (selection) => hashJson([settingsOf(selection).selection, selection.kept]) === wanted,
    );
    return stored ?? (await saveSelection(store, again, { name: '', changedFrom: null }, tools, task.signal));
  }

  async #scores({ criterion, grouping }: ChoosingWay): Promise<Scores> {
    const { request, runId, tools, task } = this.#options;
    const { tokens = 'all' } = request;
    const of = { runIds: [runId], tokens };
    if (isOfRuns(criterion)) return scoresOfRuns({ ...of, criterion, seed: 0 }, tools, task.signal);
    const scores = await scoresOfRuns({ ...of, criterion: 'easy-ep', seed: 0 }, tools, task.signal);
    const eliminated = await this.#eliminate(grouping);
    const domains = scores.domains.map((domain) => ({ ...domain, matrix: { ...domain.matrix, scores: eliminated } }));
    return { ...scores, domains };
  }

  /** Scores each expert by 1 plus the number of experts removed before it in its layer: the last to go are worth most. */
  async #eliminate(grouping: Grouping): Promise<Float64Array> {
    const known = this.#eliminated.get(grouping);
    if (known) return known;
    const { request, domain, model, sample, context, task, makeRoom } = this.#options;
    if (sample === null) {
      throw new WinnowError('DEMOS_EMPTY', say('noSampledToken', { domain }));
    }
    await makeRoom();
    const { placement } = request;
    using backend = new Backend(placement.gpu, context.host);
    const tools = { context, backend, placement, task: { ...task, progress: () => {} } };
    const found = (await eliminateExperts(model, sample, grouping, tools)).map((gone) => gone + 1);
    this.#eliminated.set(grouping, found);
    return found;
  }
}
