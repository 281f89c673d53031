// The generation checks use case: a full model and variants of it go on with the prompts of several domains. What is
// stored already is not generated again, and what is generated is stored at once.
import { createHash } from 'node:crypto';
import type { GenerationSampling } from '../../contract/api/generations.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { EngineContext } from '../context/engine-context.ts';
import type { Task } from '../context/task.ts';
import { ModelSlot } from '../evaluation/model-slot.ts';
import { prepareSubjects, summaryOf, type Failure, type Prepared } from '../evaluation/prepare-subjects.ts';
import { completePrompts, type Completed } from './complete.ts';
import { figuresOf, type JudgedPrompts } from './figures.ts';
import { findingsOf, outcomeOf } from './findings.ts';
import type { Continued, GenerationRequest } from './generation-request.ts';
import { keptTexts } from './kept-texts.ts';
import { gatherPromptSets, type PromptSet } from './prompt-sets.ts';
import { findGeneration, generatedHash, keepGeneration, type GenerationTexts } from './stored-generation.ts';

const GREEDY: GenerationSampling = { temperature: 0, samples: 1 };

export type GenerationOutcome = {
  /** Rows of the database, old and new ones. */
  readonly generationIds: readonly number[];
};

/** One model with one set of prompts, greedily or sampled. */
type Part = {
  readonly prepared: Prepared<Continued>;
  readonly set: PromptSet;
  readonly sampling: GenerationSampling;
  /** Hash of what the completions depend on; the same of the full model's. */
  readonly measured: string;
  readonly fullMeasured: string;
};

type Made = { readonly judged: JudgedPrompts; readonly texts: GenerationTexts };

/**
 * @throws WinnowError CANCELLED, and what inspecting, loading or running the full model or gathering the prompts throws;
 * when single variants failed, the first one's failure, with all of them in its details. What was generated is stored in
 * any case.
 */
export async function runGeneration(
  request: GenerationRequest,
  context: EngineContext,
  task: Task,
): Promise<GenerationOutcome> {
  const failures: Failure[] = [];
  const { full, variants } = await prepareSubjects(request, context, failures);
  const sets = await gatherPromptSets(request, full.subject, [full, ...variants], context, task);
  const parts = partsOf(request, full, variants, sets);
  const book = new Book(request, context, task, full);

  const missing = parts.filter((part) => !book.keepStored(part));
  const slot = new ModelSlot({ ...request, ...slotHooks(task), host: context.host }, variants.length > 0);
  const failed = new Set<Prepared<Continued>>();
  try {
    for (const [index, part] of missing.entries()) {
      const { prepared } = part;
      // another variant may have had the same experts
      if (failed.has(prepared) || book.keepStored(part)) continue;
      try {
        book.keep(part, await generate(part, request, slot, progress(task, index, missing.length)));
      } catch (error) {
        const isFatal = !(error instanceof WinnowError) || error.code === 'CANCELLED' || prepared === full;
        if (isFatal) throw error;
        failed.add(prepared);
        failures.push({ label: prepared.compared.label, text: null, error });
        // its worker may have died of it
        await slot.close();
      }
    }
  } finally {
    await slot.close();
  }
  if (failures.length > 0) throw summaryOf(failures);
  return { generationIds: book.ids };
}

/** The full model's parts first, then file by file, so that each file is loaded once. */
function partsOf(
  { samples, temperature, maxTokens, placement }: GenerationRequest,
  full: Prepared<Continued>,
  variants: readonly Prepared<Continued>[],
  sets: readonly PromptSet[],
): Part[] {
  const samplings = samples > 0 ? [GREEDY, { temperature, samples }] : [GREEDY];
  const files = [full, ...variants].map(({ subject }) => subject.info.path);
  const byFile = variants.toSorted((a, b) => files.indexOf(a.subject.info.path) - files.indexOf(b.subject.info.path));
  return [full, ...byFile].flatMap((prepared) =>
    sets.flatMap((set) =>
      samplings.map((sampling): Part => {
        const hash = (subject: string): string =>
          generatedHash({ subject, prompts: set.hash, sampling, maxTokens, placement });
        return { prepared, set, sampling, measured: hash(prepared.hash), fullMeasured: hash(full.hash) };
      }),
    ),
  );
}

async function generate(
  { prepared, set, sampling }: Part,
  { maxTokens, placement }: GenerationRequest,
  slot: ModelSlot,
  call: { readonly signal: AbortSignal; readonly onProgress: (done: number, total: number) => void },
): Promise<Made> {
  const { backend } = await slot.hold(prepared.subject);
  const { contextLength } = prepared.subject.info;
  const tokens = set.prompts.map((prompt) => prompt.tokens);
  const options = { ...call, sampling, maxTokens, contextLength, threads: placement.threads };
  const completed = await completePrompts(backend, tokens, options);
  const examined = set.prompts.map((prompt, i) =>
    (completed[i] ?? []).map((completion) => ({ completion, findings: findingsOf(completion, prompt, maxTokens) })),
  );
  return {
    judged: examined.map((samples) =>
      samples.map(({ completion, findings }) => ({
        loop: findings.loop !== null,
        truncated: outcomeOf('truncated', findings),
        broken: outcomeOf('broken', findings),
        answer: outcomeOf('answer', findings),
        tokens: completion.tokens.length,
        hash: tokensHash(completion),
      })),
    ),
    texts: keptTexts(
      set.prompts,
      examined.map((samples) =>
        samples.map(({ completion: { text, tokens: written }, findings }) => ({
          text,
          tokens: written.length,
          findings,
        })),
      ),
    ),
  };
}

/** Finds and keeps completions under what they were made with. */
class Book {
  readonly ids: number[] = [];
  readonly #request: GenerationRequest;
  readonly #context: EngineContext;
  readonly #task: Task;
  readonly #full: Prepared<Continued>;
  /** The full model's, by hash. */
  readonly #reference = new Map<string, JudgedPrompts>();
  /** Stored ones of variants whose full model's are still missing. */
  readonly #waiting: { readonly part: Part; readonly judged: JudgedPrompts }[] = [];

  constructor(request: GenerationRequest, context: EngineContext, task: Task, full: Prepared<Continued>) {
    this.#request = request;
    this.#context = context;
    this.#task = task;
    this.#full = full;
  }

  /** @returns whether the part is there and need not be generated */
  keepStored(part: Part): boolean {
    const judged = findGeneration(this.#context.store, part.measured)?.judged;
    if (!judged) return false;
    this.#keepOrWait(part, judged);
    return true;
  }

  keep(part: Part, { judged, texts }: Made): void {
    this.#store(part, judged, texts);
    if (part.prepared !== this.#full) return;
    for (const stored of this.#waiting.filter((other) => other.part.fullMeasured === part.measured)) {
      this.#store(stored.part, stored.judged, null);
    }
  }

  #keepOrWait(part: Part, judged: JudgedPrompts): void {
    if (part.prepared === this.#full || this.#reference.has(part.fullMeasured)) this.#store(part, judged, null);
    else this.#waiting.push({ part, judged });
  }

  #store(
    { prepared, set, sampling, measured, fullMeasured }: Part,
    judged: JudgedPrompts,
    texts: GenerationTexts | null,
  ): void {
    const { compared, subject } = prepared;
    const isFull = prepared === this.#full;
    if (isFull) this.#reference.set(measured, judged);
    const full = isFull ? null : this.#reference.get(fullMeasured);
    if (full === undefined) throw new Error('the full model goes first');
    const { info } = this.#full.subject;
    const settings = {
      variant: compared.variant,
      label: compared.label,
      full: { name: this.#request.fullName, fingerprint: info.fingerprint, measured: fullMeasured },
      planId: compared.planId,
      keep: subject.kept?.[0]?.length ?? subject.info.nExpert,
      nExpert: info.nExpert,
      domain: { id: set.domainId, name: set.domain, isKnown: set.isKnown },
      inDomain: set.isKnown ? (compared.domains?.includes(set.domain) ?? null) : null,
      sampling,
      maxTokens: this.#request.maxTokens,
    };
    const kept = { modelPath: subject.info.path, measured, settings, figures: figuresOf(judged, full), judged };
    this.ids.push(keepGeneration(this.#context.store, kept, texts));
    this.#task.about({ generationIds: this.ids });
  }
}

function tokensHash({ tokens }: Completed): string {
  const bytes = new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

function slotHooks(task: Task) {
  return {
    signal: task.signal,
    onLoading: (done: number, total: number) =>
      task.about({ step: { key: 'loading', done: Math.round((100 * done) / total), total: 100 } }),
  };
}

/** @param part index of the part at hand, of so many */
function progress(task: Task, part: number, parts: number) {
  return {
    signal: task.signal,
    onProgress: (done: number, total: number) => {
      task.progress(Math.round((1000 * (part + done / total)) / parts), 1000, 'permille');
      task.about({ step: { key: 'generating', done: part + 1, total: parts } });
    },
  };
}
