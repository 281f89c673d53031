// Checks whether the best files still give the answers of the domain's demos. Only the best ones, since generating takes much longer
// than reading.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { FitAnswers } from '../../../contract/fit.ts';
import { inEnglish } from '../../../contract/sentences.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Placement } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import { loadVocabulary } from '../../base/backend/load-files.ts';
import type { EvaluationDocument } from '../../base/content/documents.ts';
import { hashDemo } from '../../base/content/identity.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { completePrompts, sideBySide } from '../generation/complete.ts';
import { findingsOf, outcomeOf } from '../generation/findings.ts';
import { preparePrompts, type Prompt } from '../generation/prompts.ts';
import { secondsOfReading } from '../../experts/scoring/estimate-run.ts';
import type { Reading } from '../../experts/scoring/plan-run.ts';

/** Maximum tokens of an answer. Demos with longer answers are not asked. */
const ANSWER_TOKENS = 256;
/** Number of files that answer: the best one and the best plain one. */
const FILES_ASKED = 2;
const GREEDY = { temperature: 0, samples: 1 };

/**
 * Turns demos whose answers can be judged right or wrong into prompts.
 * @param demos demos that no expert was chosen by
 * @param most maximum number of prompts
 * @throws WinnowError from loading the vocabulary; the signal's reason
 */
export async function answerPrompts(
  demos: readonly EvaluationDocument[],
  most: number,
  source: ModelInfo,
  { host }: EngineContext,
  task: Pick<Task, 'signal' | 'log'>,
): Promise<readonly Prompt[]> {
  using backend = new Backend('off', host);
  const model = await loadVocabulary(backend, source);
  const asked = demos.map(({ id, content }) => ({ id, hash: hashDemo(content), content }));
  const { prompts, warnings } = await preparePrompts(asked, { backend, model }, source.contextLength, task.signal);
  for (const warning of warnings) task.log(inEnglish(warning));
  return prompts
    .filter(
      ({ gold, callsTool, expectedTokens }) => gold !== null && !callsTool && (expectedTokens ?? 0) <= ANSWER_TOKENS,
    )
    .slice(0, most);
}

/**
 * Estimates the seconds that two files take to answer, at the full model's speed: at most, and likely for answers as long as the demos' own.
 * @throws WinnowError from the worker, as `secondsOfReading`
 */
export async function secondsOfAnswers(
  prompts: readonly Prompt[],
  model: Pick<Reading, 'files' | 'shape' | 'modelRow'> & { readonly contextLength: number },
  placement: Placement,
  { store, host }: Pick<EngineContext, 'store' | 'host'>,
): Promise<ScoringEstimate['seconds']> {
  if (prompts.length === 0) return { low: 0, likely: 0, high: 0 };
  const { contextLength } = model;
  const tokens = prompts.map((prompt) => prompt.tokens);
  const { sequences } = sideBySide(tokens, { maxTokens: ANSWER_TOKENS, contextLength });
  const turns = Math.ceil(prompts.length / sequences);
  // one token of each sequence passes through the model at a time
  const lengths = [
    ...tokens.map(({ length }) => length),
    ...Array.from({ length: turns * ANSWER_TOKENS }, () => sequences),
  ];
  using backend = new Backend(placement.gpu, host);
  const reading = { ...model, lengths, alone: true, nUbatch: 'auto', placement } as const;
  const repeats = { rounds: FILES_ASKED, loads: FILES_ASKED, logitShare: 1 };
  const { low, likely, high } = await secondsOfReading(reading, repeats, { store, host }, backend);
  const own = prompts.map(({ expectedTokens }) => Math.min(ANSWER_TOKENS, expectedTokens ?? ANSWER_TOKENS));
  const share = own.reduce((sum, length) => sum + length, 0) / (own.length * ANSWER_TOKENS);
  return { low: low * share, likely: likely * share, high };
}

/**
 * Generates greedy answers and compares them with the demos' own.
 * @param backend holds the model
 * @param prompts at least one
 * @throws WinnowError from running the model; CANCELLED
 */
export async function answersOf(
  backend: Backend,
  prompts: readonly Prompt[],
  contextLength: number,
  threads: number,
  { signal, about }: Pick<Task, 'signal' | 'about'>,
): Promise<FitAnswers> {
  const onProgress = (done: number, total: number): void =>
    about({ step: { key: 'generating', done: Math.round((100 * done) / Math.max(1, total)), total: 100 } });
  const completed = await completePrompts(
    backend,
    prompts.map(({ tokens }) => tokens),
    { sampling: GREEDY, maxTokens: ANSWER_TOKENS, contextLength, threads, signal, onProgress },
  );
  const isRight = (prompt: Prompt, i: number): boolean =>
    (completed[i] ?? []).some((written) => outcomeOf('answer', findingsOf(written, prompt, ANSWER_TOKENS)) === true);
  return { right: prompts.filter(isRight).length, asked: prompts.length };
}
