// The respond use case: the model answers the chats of a domain or of files that wait for an answer. Answers are kept one
// by one, so that the same job resumes where it was stopped.
import { join } from 'node:path';
import type { RespondOutcome } from '../../../contract/api/demos.ts';
import { type DemoContent, demoContentSchema } from '../../../contract/demo.ts';
import { justifiedAnswerTokens } from '../../../contract/answer-tokens.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { RespondRequest } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { gatherDemos, takenByBytes } from '../../demos/collect-demos.ts';
import { CUT_OFF_COLUMN } from '../../demos/normalise.ts';
import { realPath } from '../../base/files/paths.ts';
import { exists, writeTextFile, readError, writeError } from '../../base/files/user-files.ts';
import { inspectFile, openFile } from '../../models/inspect.ts';
import { answerDemo, getDemo, listPromptOnlyIds } from '../../store/demos.ts';
import { getDomain } from '../../store/domains.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import { openResumableFolder } from '../../store/scratch-folder.ts';
import { inSlices } from '../../store/slices.ts';
import { isPromptOnly, respond } from './respond.ts';
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { parsedJson } from '../../base/files/json-guard.ts';
import { readWhole } from '../../base/files/read-whole.ts';
import { errorCode } from '../../base/files/errno.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { Backend, loadVocabulary } from '../../base/backend/backend.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { reasonedAnswer, writtenAfter } from '../../demos/template-messages.ts';
import { tokenizeTexts } from '../../demos/tokenize.ts';

type Domain = Extract<RespondRequest['demos'], { kind: 'domain' }>;
type Files = Extract<RespondRequest['demos'], { kind: 'files' }>;

/**
 * Answers the demos of a request.
 * @throws WinnowError USAGE: the domain was deleted; for files TARGET_EXISTS, DEMOS_EMPTY: no demo waits for an answer; from
 * importing, inspecting, answering and writing; CANCELLED and BACKEND_CRASHED: the answers so far are kept
 */
export function runRespond(request: RespondRequest, context: EngineContext, task: Task): Promise<RespondOutcome> {
  const { demos } = request;
  return demos.kind === 'domain'
    ? answerDomain(demos, request, context, task)
    : answerFiles(demos, request, context, task);
}

async function answerDomain(
  { domainId, modelName }: Domain,
  { model, temperature, seed, placement, ...request }: RespondRequest,
  { store, host }: EngineContext,
  task: Task,
): Promise<RespondOutcome> {
  getDomain(store, domainId);
  const prompts: ReturnType<typeof getDemo>[] = [];
  await inSlices(listPromptOnlyIds(store, domainId), (id) => prompts.push(getDemo(store, id)), task.signal);
  const { info } = await openFile(model, host);
  const maxTokens = request.maxTokens ?? justifiedAnswerTokens(null, info.contextLength);
  let answered = 0;
  let cutOff = 0;
  let looped = 0;
  await respond(
    prompts.map(({ content }) => content),
    info,
    { placement, maxTokens, temperature, seed },
    host,
    task,
    ({ index, content, stop }) => {
      const prompt = prompts[index];
      if (!prompt || !answerDemo(store, prompt, content, modelName)) return;
      answered++;
      if (content.cutOff) cutOff++;
      if (stop === 'loop') looped++;
    },
  );
  if (cutOff > 0) {
    task.log(
      `${cutOff} of ${answered} answers were cut off, at ${maxTokens} tokens or in a loop. They are marked, and scoring leaves them out.`,
    );
  }
  const demos = prompts.length;
  return { demos, answered, resumed: 0, unanswered: demos - answered, cutOff, looped, maxTokens, longest: null };
}

/** Writes the demos of files, with the answers, to a file that scoring reads. */
async function answerFiles(
  source: Files,
  { model, temperature, seed, placement, ...request }: RespondRequest,
  context: EngineContext,
  task: Task,
): Promise<RespondOutcome> {
  const { output } = source;
  await requireFree(source);
  const { demos: read, warnings } = await gatherDemos(source.files, context.host);
  const demos = takenByBytes(read, source);
  warnings.forEach((warning) => task.log(warning));
  const prompts = demos.map(({ content }) => (source.replaceAnswers ? withoutAnswer(content) : content));
  requirePrompts(prompts, source);
  const { info } = await inspectFile(model, context);
  const longest = request.maxTokens === undefined ? await longestAnswer(demos, info, context.host, task.signal) : null;
  const maxTokens = request.maxTokens ?? justifiedAnswerTokens(longest, info.contextLength);

  const key = hashJson({ model: info.fingerprint, prompts, maxTokens, temperature, seed, output: realPath(output) });
  using folder = await openResumableFolder(key, context, 'answers');
  const kept = await KeptAnswers.open(join(folder.path, 'answers.jsonl'));
  const resumed = kept.size;
  let looped = 0;
  await respond(
    prompts.map((prompt, index) => kept.get(index) ?? prompt),
    info,
    { placement, maxTokens, temperature, seed },
    context.host,
    task,
    ({ index, content, stop }) => {
      kept.add(index, content);
      if (stop === 'loop') looped++;
    },
  );
  const written = prompts.map((prompt, index) => kept.get(index) ?? prompt);
  await writeTextFile(output, written.map((content, index) => rowText(content, kept.get(index) && info.name)).join(''));
  await folder.remove();
  const unanswered = written.filter(isPromptOnly).length;
  const cutOff = written.filter((content) => content.cutOff).length;
  const answered = kept.size - resumed;
  return { demos: written.length, answered, resumed, unanswered, cutOff, looped, maxTokens, longest };
}

async function requireFree({ output, overwrite }: Files): Promise<void> {
  if (overwrite || !(await exists(output))) return;
  throw new WinnowError('TARGET_EXISTS', msg('answersExist', { output }), { path: output });
}

function requirePrompts(prompts: readonly DemoContent[], { files, replaceAnswers }: Files): void {
  if (prompts.some(isPromptOnly)) return;
  const how = replaceAnswers ? msg('noChats') : msg('addReplaceAnswers');
  throw new WinnowError('DEMOS_EMPTY', msg('noPromptWaits', { paths: files.join(', '), how }), { paths: files });
}

/** The chat up to the last message that is not the assistant's; any other content unchanged. */
function withoutAnswer(content: DemoContent): DemoContent {
  if (content.kind === 'text') return content;
  const last = content.messages.findLastIndex(({ role }) => role !== 'assistant');
  if (last < 0) return content;
  return { ...content, messages: content.messages.slice(0, last + 1) };
}

/** A line that the importers read back as the same demo. */
function rowText(content: DemoContent, answeredBy: string | undefined): string {
  const { kind: _kind, cutOff, ...columns } = content;
  const beside = {
    ...(cutOff && { [CUT_OFF_COLUMN]: true }),
    ...(answeredBy !== undefined && { answered_by: answeredBy }),
  };
  return `${JSON.stringify({ ...columns, ...beside })}\n`;
}

const answerSchema = z.object({
  /** The demo's index in its list. */
  index: z.int().nonnegative(),
  /** The demo with its answer. */
  content: demoContentSchema,
});

/** V8 allows no longer strings. */
const MAX_BYTES = 500 << 20;

export class KeptAnswers {
  readonly #path: string;
  readonly #answers: Map<number, DemoContent>;

  private constructor(path: string, answers: Map<number, DemoContent>) {
    this.#path = path;
    this.#answers = answers;
  }

  /** Opens the file of a request, or creates it. @throws WinnowError FILE_UNREADABLE, TARGET_UNWRITABLE, NO_SPACE */
  static async open(path: string): Promise<KeptAnswers> {
    const answers = (await readLines(path)).flatMap((line) => answerSchema.safeParse(line).data ?? []);
    // a line that was cut off by a kill must not run into the next one
    await writeTextFile(path, answers.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return new KeptAnswers(path, new Map(answers.map(({ index, content }) => [index, content])));
  }

  /** The answered demo at an index, from 0. */
  get(index: number): DemoContent | undefined {
    return this.#answers.get(index);
  }

  get size(): number {
    return this.#answers.size;
  }

  /** Appends an answer to the file. @throws WinnowError TARGET_UNWRITABLE, NO_SPACE */
  add(index: number, content: DemoContent): void {
    try {
      appendFileSync(this.#path, `${JSON.stringify({ index, content })}\n`);
    } catch (error) {
      throw writeError(this.#path, error);
    }
    this.#answers.set(index, content);
  }
}

/** The lines of a file, without those that are not JSON; empty: there is no file. */
async function readLines(path: string): Promise<unknown[]> {
  try {
    const tooLarge = (): WinnowError => readError(path, new Error('it is too large'));
    const text = await readWhole(path, { maxBytes: MAX_BYTES, tooLarge });
    return text
      .toString()
      .split('\n')
      .map(parsedJson)
      .filter((line) => line !== undefined);
  } catch (error) {
    if (error instanceof WinnowError) throw error;
    if (errorCode(error) === 'ENOENT') return [];
    throw readError(path, error);
  }
}

/** Words in the chat templates of models that reason before they answer. */
const REASONS = /think|reasoning/i;

/**
 * Tokens of the longest complete answer. If the model reasons, answers without reasoning say nothing about what it will write.
 * @returns null: no answer tells
 * @throws WinnowError from loading the vocabulary; the signal's reason
 */
async function longestAnswer(
  demos: readonly { readonly content: DemoContent }[],
  info: ModelInfo,
  host: WorkerHost,
  signal: AbortSignal,
): Promise<number | null> {
  const messages = demos.flatMap(({ content }) => {
    const last = content.kind === 'chat' && !content.cutOff ? content.messages.at(-1) : undefined;
    return last?.role === 'assistant' ? [last] : [];
  });
  if (messages.length === 0) return null;
  using backend = new Backend('off', host);
  const { chatTemplate } = await loadVocabulary(backend, info);
  const telling = REASONS.test(chatTemplate ?? '')
    ? messages.filter((message) => reasonedAnswer(message) !== null)
    : messages;
  if (telling.length === 0) return null;
  const texts = telling.map((message) => ({
    text: reasonedAnswer(message) === null ? message.content : writtenAfter('', message),
    addSpecial: false,
    parseSpecial: true,
  }));
  const tokens = await tokenizeTexts(texts, backend, { signal });
  return Math.max(...tokens.map(({ length }) => length));
}
