// The texts of the tokens of a run's demos. Runs keep only numbers: the demo is rendered and tokenised again as it was
// when it was scored.
import { z } from 'zod';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { readTokenPieces } from '../../demos/token-pieces.ts';
import { tokenizeDemos } from '../../demos/tokenize.ts';
import type { Vocabulary, WarmVocabulary } from '../../models/warm-vocabulary.ts';
import type { Store } from '../../store/database.ts';
import { findDemoContent } from '../../store/demos.ts';
import type { StoredModel } from '../../store/models.ts';
import type { RunDemo } from '../../store/score-runs.ts';
import type { StoredRun } from './stored-run.ts';

const REMEMBERED_DEMOS = 64;

const settingsSchema = z.object({ maxTokens: z.int() });

type DemoPiecesOptions = {
  readonly store: Store;
  readonly vocabulary: WarmVocabulary;
  /** Finds the path where the model is now. */
  readonly pathOf: (model: StoredModel) => string;
};

export class DemoPieces {
  readonly #options: DemoPiecesOptions;
  readonly #known = new Map<string, readonly string[]>();

  constructor(options: DemoPiecesOptions) {
    this.#options = options;
  }

  /**
   * One text for each of the demo's tokens.
   * @throws WinnowError USAGE: the demo was deleted; FILE_NOT_FOUND and what else loading the vocabulary throws;
   * MODEL_CHANGED: the model no longer reads the demo as it did; the signal's reason
   */
  async of({ run, model }: StoredRun, demo: RunDemo, signal?: AbortSignal): Promise<readonly string[]> {
    const { store, vocabulary, pathOf } = this.#options;
    const { maxTokens = 0 } = settingsSchema.safeParse(run.settings).data ?? {};
    const key = [model.id, maxTokens, demo.hash].join(' ');
    const known = this.#known.get(key);
    if (known) return known;
    const content = findDemoContent(store, demo.hash);
    if (!content) {
      throw new WinnowError('USAGE', say('demoTextGone', { demo: demo.id }), {
        demo: demo.id,
      });
    }
    const path = pathOf(model);
    const read = (loaded: Vocabulary): Promise<string[]> => readPieces({ ...demo, content }, maxTokens, loaded, signal);
    const pieces = await vocabulary.use(path, read, signal);
    if (pieces.length !== demo.tokens) {
      throw new WinnowError(
        'MODEL_CHANGED',
        say('demoTokensDiffer', { path, demo: demo.id, tokens: pieces.length, scored: demo.tokens }),
        { path, demo: demo.id },
      );
    }
    this.#remember(key, pieces);
    return pieces;
  }

  #remember(key: string, pieces: readonly string[]): void {
    this.#known.set(key, pieces);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > REMEMBERED_DEMOS) this.#known.delete(oldest);
  }
}

async function readPieces(
  demo: Parameters<typeof tokenizeDemos>[0][number],
  maxTokens: number,
  { backend, model }: Vocabulary,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { demos } = await tokenizeDemos([demo], model, maxTokens, backend, { signal });
  return readTokenPieces(demos[0]?.tokens ?? new Int32Array(), backend);
}
