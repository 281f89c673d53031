// What is a copy of demos that experts were chosen by, and thus no fair test of the choice.
import type { DemoContent } from '../../../contract/demo.ts';
import { ownText, toIdentities } from '../../base/content/documents.ts';
import { SHINGLE_WEIGHT, toShingles } from '../../base/content/shingles.ts';
import { indexDemos, TELLING_WEIGHT, type Overlap } from '../../demos/demo-index.ts';
import type { Store } from '../../store/database.ts';
import { findDemoContent } from '../../store/demos.ts';
import { inSlices } from '../../store/slices.ts';
import type { ChoosingDemo } from './choosing-demos.ts';

/** `same`: the content or the prompt is equal. `demo`: its displayed name. */
type Copy = { readonly demo: string; readonly share: number; readonly how: Overlap<string>['how'] | 'same' };

type DemoIndex = Awaited<ReturnType<typeof indexDemos<string>>>;

export class DemoCopies {
  /** Displayed names of demos by their identities. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #index: DemoIndex;

  private constructor(names: ReadonlyMap<string, string>, index: DemoIndex) {
    this.#names = names;
    this.#index = index;
  }

  /**
   * Looks the demos' contents up; of those that are no longer stored, only equal contents are found.
   * @throws the signal's reason
   */
  static async of(store: Store, demos: readonly ChoosingDemo[], signal?: AbortSignal): Promise<DemoCopies> {
    const names = new Map<string, string>();
    const stored: { readonly of: string; readonly text: string }[] = [];
    const addDemo = ({ id, hash }: ChoosingDemo): void => {
      if (hash === null || names.has(hash)) return;
      names.set(hash, id);
      const content = findDemoContent(store, hash);
      if (!content) return;
      for (const identity of toIdentities(content)) if (!names.has(identity)) names.set(identity, id);
      stored.push({ of: id, text: ownText(content) });
    };
    await inSlices(demos, addDemo, signal);
    return new DemoCopies(names, await indexDemos(stored, signal));
  }

  /** Whether a content equals a demo or its prompt, holds most of one, or is for the most part in one. */
  has(content: DemoContent): boolean {
    return this.compare(content).copy !== undefined;
  }

  /** The copy in a content; else the weight of what it says, and how much of that can be compared. */
  compare(content: DemoContent): { readonly copy: Copy | undefined; weight: number; comparable: number } {
    const [demo] = this.#equal(content);
    if (demo !== undefined) return { copy: { demo, share: 1, how: 'same' }, weight: 0, comparable: 0 };
    const text = ownText(content);
    const { largest, ...size } = this.#index.compare(text);
    return { copy: largest ?? this.#copiedLines(text), ...size };
  }

  #equal(content: DemoContent): string[] {
    return toIdentities(content).flatMap((identity) => this.#names.get(identity) ?? []);
  }

  /** Demos that are too short to be found inside a text are found as its lines, where these say enough together. */
  #copiedLines(text: string): Copy | undefined {
    const copied = new Map<string, number>();
    for (const line of new Set(text.split('\n'))) {
      if (line.trim() === '' || line.length > 16 * SHINGLE_WEIGHT) continue;
      const [demo] = this.#equal({ kind: 'text', text: line });
      if (demo !== undefined) copied.set(demo, toShingles(line).weight);
    }
    const [first] = copied.keys();
    const weight = copied.values().reduce((sum, of) => sum + of, 0);
    return first === undefined || weight < TELLING_WEIGHT ? undefined : { demo: first, share: 1, how: 'holds' };
  }
}
