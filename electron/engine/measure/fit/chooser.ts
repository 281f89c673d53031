// Chooses the experts of a search's files: by the run's scores.
import type { ChoosingWay } from '../../../contract/fit.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { choose } from '../../experts/selections/choose.ts';
import { storedChoice } from '../../experts/selections/save-selection.ts';
import { scoresOfRuns, type ChooserTools } from '../../experts/selections/scores-of-runs.ts';
import type { StoredSelection } from '../../store/selections.ts';
import type { Task } from '../../store/task.ts';
import type { FileKind } from './candidates.ts';
import { choiceRequest } from './selection-request.ts';

type Chosen = Pick<FileKind<unknown>, 'keep' | 'activeExperts'>;

type ChooserOptions = {
  readonly request: FitRequest;
  readonly runId: number;
  readonly tools: ChooserTools;
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

  /** Stores the choice. */
  async stored(way: ChoosingWay, of: Chosen): Promise<StoredSelection> {
    const { request, runId, tools, task } = this.#options;
    return storedChoice(choiceRequest({ ...request, ...way }, runId, of), tools, task.signal);
  }
}
