// The use case of checking answers: a full model and its variants continue the prompts of several domains. Stored completions
// are not generated again, and new ones are stored at once.
import type { GenerationOutcome } from '../../../contract/api/generations.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { loadingStep, type Task } from '../../store/task.ts';
import { loadedAs, ModelSlot } from '../evaluation/model-slot.ts';
import { prepareSubjects, summarise, type Failure, type Prepared } from '../evaluation/prepare-subjects.ts';
import { requireUnchanged } from '../../models/identity.ts';
import { completePrompts } from './complete.ts';
import {
  toFigures,
  type JudgedPrompts,
  keptTexts,
  generatedHash,
  generationLedger,
  type StoredGeneration,
  type GenerationTexts,
} from './stored-generation.ts';
import { checkCompletion, checkOutcome } from './findings.ts';
import type { GenerationRequest } from './generation-request.ts';
import { gatherPromptSets, type PromptSet } from './prompts.ts';

/** One model with one set of prompts. */
type Part = {
  readonly prepared: Prepared;
  readonly set: PromptSet;
  /** Hash of what the completions depend on, and the same for the full model. */
  readonly measured: string;
  readonly fullMeasured: string;
};

type Made = { readonly judged: JudgedPrompts; readonly texts: GenerationTexts };

/**
 * Checks the answers of all variants. What was generated is stored in any case.
 * @throws WinnowError CANCELLED, and what inspecting, loading or running the full model or gathering the prompts throws;
 * if single variants failed, the first failure, with all of them in its details
 */
export async function runGeneration(
  request: GenerationRequest,
  context: EngineContext,
  task: Task,
): Promise<GenerationOutcome> {
  const failures: Failure[] = [];
  const { full, variants } = await prepareSubjects(request, context, task, (failure) => void failures.push(failure));
  if (full === null) throw new RangeError('findings are beside the full model');
  const sets = await gatherPromptSets(request, full.of, [full, ...variants], context, task);
  const parts = planParts(request, full, variants, sets);
  const ledger = generationLedger(context.store);
  const ids: number[] = [];
  const keep = (part: Part, judged: JudgedPrompts, texts?: GenerationTexts): void => {
    const { prepared, measured, fullMeasured } = part;
    const reference = prepared === full ? null : ledger.find(fullMeasured)?.result.judged;
    if (reference === undefined) throw new Error('the full model goes first');
    const settings = toSettings(part, full, request);
    const result = { figures: toFigures(judged, reference), judged };
    ids.push(ledger.keep({ measured, settings, result, texts }));
    task.about({ generationIds: ids, selectionId: request.variants[0]?.selectionId ?? undefined });
  };

  const isStored = ({ measured }: Part): boolean => ledger.find(measured) !== null;
  const missing = parts.filter((part) => !isStored(part)).length;
  // figures also need the full model's completions
  const isReady = (part: Part): boolean => isStored(part) && ledger.find(part.fullMeasured) !== null;
  const ready = parts.filter(isReady);
  const slotOptions = { ...request, signal: task.signal, onLoading: loadingStep(task), host: context.host };
  await using slot = new ModelSlot(slotOptions, variants.length > 0);
  const failed = new Set<Prepared>();
  let generated = 0;
  for (const part of [...ready, ...parts.filter((other) => !ready.includes(other))]) {
    const { prepared } = part;
    // another variant may have had the same experts
    const stored = ledger.find(part.measured);
    if (stored) keep(part, stored.result.judged);
    if (stored || failed.has(prepared)) continue;
    try {
      const { judged, texts } = await generate(part, request, slot, progress(task, generated++, missing));
      keep(part, judged, texts);
    } catch (error) {
      const isFatal = !(error instanceof WinnowError) || error.code === 'CANCELLED' || prepared === full;
      if (isFatal) throw error;
      failed.add(prepared);
      failures.push({ label: prepared.compared.label, text: null, error });
      // its worker may have crashed
      await slot.close();
    }
  }
  if (failures.length > 0) throw summarise(failures);
  return { generationIds: ids };
}

/** The parts in order: the full model's first, then file by file, so that each file is loaded once. */
function planParts(
  { maxTokens, placement }: GenerationRequest,
  full: Prepared,
  variants: readonly Prepared[],
  sets: readonly PromptSet[],
): Part[] {
  const files = [full, ...variants].map(({ of }) => loadedAs(of));
  const byFile = variants.toSorted((a, b) => files.indexOf(loadedAs(a.of)) - files.indexOf(loadedAs(b.of)));
  return [full, ...byFile].flatMap((prepared) =>
    sets.map((set): Part => {
      const hash = (subject: string): string => generatedHash({ subject, prompts: set.hash, maxTokens, placement });
      return { prepared, set, measured: hash(prepared.hash), fullMeasured: hash(full.hash) };
    }),
  );
}

async function generate(
  { prepared, set }: Part,
  { maxTokens, placement }: GenerationRequest,
  slot: ModelSlot,
  call: CallOptions,
): Promise<Made> {
  const { backend } = await slot.hold(prepared.of);
  const { contextLength } = prepared.of.info;
  const tokens = set.prompts.map((prompt) => prompt.tokens);
  const options = { ...call, temperature: 0, maxTokens, contextLength, threads: placement.threads };
  const completed = await completePrompts(backend, tokens, options);
  await requireUnchanged(prepared.of.info);
  const examined = completed.map((completion, i) => ({
    text: completion.text,
    cut: false,
    tokens: completion.tokens.length,
    findings: checkCompletion(completion, set.prompts[i]!, maxTokens),
  }));
  return {
    judged: examined.map(({ findings, tokens: written }) => ({
      loop: findings.loop !== null,
      truncated: checkOutcome('truncated', findings),
      broken: checkOutcome('broken', findings),
      answer: checkOutcome('answer', findings),
      tokens: written,
    })),
    texts: keptTexts(set.prompts, examined),
  };
}

function toSettings(
  { prepared: { compared, of }, set, fullMeasured }: Part,
  { of: { info } }: Prepared,
  { maxTokens }: GenerationRequest,
): StoredGeneration['settings'] {
  const { variant, label, selectionHash, selectionId } = compared;
  return {
    ...{ variant, label, selectionHash, selectionId, maxTokens },
    full: { fingerprint: info.fingerprint, measured: fullMeasured },
    fingerprint: of.info.fingerprint,
    domain: { id: set.domainId, name: set.domain, isKnown: set.isKnown },
  };
}

/** Reports progress over all parts. @param part index of the current part @param parts number of parts */
function progress(task: Task, part: number, parts: number) {
  return {
    signal: task.signal,
    onProgress: (done: number, total: number) => {
      task.progress(Math.round((1000 * (part + done / total)) / parts), 1000, 'permille');
      task.about({ step: { key: 'generating', done: part + 1, total: parts } });
    },
  };
}
