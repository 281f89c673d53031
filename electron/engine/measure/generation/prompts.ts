// Turns demos into prompts that a model continues, with what is known about the expected continuation: those of each domain, or of
// files, without the demos that experts were chosen by.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { ChatMessage } from '../../../contract/demo.ts';
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import { inEnglish, msg, type Sentence } from '../../../contract/sentences.ts';
import { Backend, loadVocabulary, type LoadedModel } from '../../base/backend/backend.ts';
import type { ChatTemplate } from '../../demos/template-messages.ts';
import { rendererBeside, renderDemo, type RenderedDemo, type TemplateRunner } from '../../demos/chat-renderer.ts';
import { collectDemos, gatherDemos, type SourceDemo } from '../../demos/collect-demos.ts';
import { isRecord } from '../../demos/plain.ts';
import { readTokenPieces, toChatTemplate } from '../../demos/tokenize.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { inSlices } from '../../store/slices.ts';
import type { Task } from '../../store/task.ts';
import { isChosen, type ChoosingDemo } from '../../write/pruning/choosing-demos.ts';
import { DemoCopies } from '../../write/pruning/demo-copies.ts';
import type { EvaluationSubject } from '../evaluation/model-slot.ts';
import { demosOfScores, type Prepared } from '../evaluation/prepare-subjects.ts';
import type { GenerationRequest } from './generation-request.ts';
import { toolNames } from './tool-calls.ts';

type NamedSet = {
  /** null: the demos came from files. */
  readonly domainId: number | null;
  readonly domain: string;
  /** Whether the domain is known; if not, `domain` names the files. */
  readonly isKnown: boolean;
};

export type PromptSet = NamedSet & {
  readonly prompts: readonly Prompt[];
  /** A hash that is equal for equal prompts and expected answers. SHA-256, hex. */
  readonly hash: string;
};

type DemoSet = NamedSet & { readonly demos: readonly SourceDemo[] };

/**
 * Gathers the prompts.
 * @param full the full model, whose template and tokenizer make the prompts for all models
 * @param compared models whose experts may have been chosen by some of the demos
 * @throws WinnowError CALIBRATION_OVERLAP: no demo is left; DEMOS_EMPTY: no demo makes a prompt; USAGE: a domain was deleted;
 * from importing files and loading the vocabulary; the signal's reason
 */
export async function gatherPromptSets(
  { demos, scores = [], limit }: GenerationRequest,
  { info }: EvaluationSubject,
  compared: readonly Prepared[],
  context: EngineContext,
  task: Task,
): Promise<PromptSet[]> {
  const { store, host } = context;
  const sets =
    demos.kind === 'files'
      ? [await demosOfFiles(demos, context, task)]
      : await demosOfDomains(demos.domainIds, context, task.signal);
  const scored = await demosOfScores(scores, context, task);
  compared.forEach((variant) => warnAbout(variant, scored, task));
  const choosing = [...scored, ...compared.flatMap((variant) => variant.choosing)];
  const copies = await DemoCopies.of(store, choosing, task.signal);
  using backend = new Backend('off', host);
  const model = await loadVocabulary(backend, info);
  const made: PromptSet[] = [];
  for (const set of sets) {
    const usable = withoutScored(set, copies, task).slice(0, limit);
    const { prompts, warnings } = await preparePrompts(usable, { backend, model }, info.contextLength, task.signal);
    for (const warning of warnings) task.log(inEnglish(warning));
    if (prompts.length === 0) {
      throw new WinnowError('DEMOS_EMPTY', msg('noPrompts', { domain: set.domain, reasons: warnings }));
    }
    made.push({ domainId: set.domainId, domain: set.domain, isKnown: set.isKnown, prompts, hash: toHash(prompts) });
  }
  return made;
}

async function demosOfFiles(
  { files, domain }: Extract<GenerationRequest['demos'], { kind: 'files' }>,
  { host }: EngineContext,
  { log }: Task,
): Promise<DemoSet> {
  const { demos, warnings } = await gatherDemos(files, host);
  for (const warning of warnings) log(warning);
  return {
    domainId: null,
    domain: domain ?? files.map((file) => basename(file)).join(', '),
    isKnown: domain !== null,
    demos,
  };
}

async function demosOfDomains(ids: readonly number[], context: EngineContext, signal: AbortSignal): Promise<DemoSet[]> {
  const sets: DemoSet[] = [];
  for (const domainId of ids) {
    const collected = await collectDemos({ kind: 'domain', domainId }, {}, context, signal);
    sets.push({ domainId, isKnown: true, ...collected });
  }
  return sets;
}

/**
 * Warns where not all demos that chose a variant's experts are known.
 * @param scored demos that the user names, in addition to those of its selection or file
 */
function warnAbout(
  { compared: { label }, of, kv, choosing }: Prepared,
  scored: readonly ChoosingDemo[],
  { log }: Task,
): void {
  if (of.kept === undefined && !isChosen(kv)) return;
  const demos = [...scored, ...choosing];
  if (demos.length > 0 && demos.every(({ hash }) => hash !== null)) return;
  log(`Not all demos by which the experts of ${label} were chosen are known here: some prompts may be among them.`);
}

/** The demos that no expert was chosen by. @throws WinnowError CALIBRATION_OVERLAP: none is left */
function withoutScored({ domain, demos }: DemoSet, copies: DemoCopies, { log }: Task): SourceDemo[] {
  const usable = demos.filter(({ content }) => !copies.has(content));
  if (usable.length === 0) {
    throw new WinnowError('CALIBRATION_OVERLAP', msg('allDemosScored', { demos: demos.length, domain }), {
      domain,
      demos: demos.length,
    });
  }
  const left = demos.length - usable.length;
  if (left > 0)
    log(`${left} of ${demos.length} demos of ${domain} cannot be prompts: the experts were chosen by them.`);
  return usable;
}

/** A hash of the tokens and of everything else that findings depend on. */
function toHash(prompts: readonly Prompt[]): string {
  const sum = createHash('sha256');
  for (const { hash, kind, tokens } of prompts) {
    sum.update(JSON.stringify([hash, kind, tokens.length]));
    sum.update(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength));
  }
  return sum.digest('hex');
}

/** Tokens of a text that form its prompt; at most half of the text. */
export const DOCUMENT_PROMPT_TOKENS = 128;

export type Prompt = {
  readonly demo: string;
  /** Hash of the demo's content. */
  readonly hash: string;
  /** `document`: the first part of a text, which the model continues. */
  readonly kind: 'chat' | 'document';
  /** Empty: there is nothing to continue. */
  readonly tokens: Int32Array;
  /** What is displayed: the last message before the answer, or the part of the text. */
  readonly shown: string;
  /** The demo's own answer; null: it has none. */
  readonly gold: string | null;
  /** Tokens of the demo's own answer, or of the rest of the text; null: not known. */
  readonly expectedTokens: number | null;
  /** Names of the tools that the prompt offers. */
  readonly tools: readonly string[];
  /** Whether the demo's own answer calls a tool. */
  readonly callsTool: boolean;
};

type PreparedPrompts = {
  readonly prompts: readonly Prompt[];
  /** Which demos were left out, and how prompts were changed, one line each. */
  readonly warnings: readonly Sentence[];
};

/**
 * Makes prompts. If a chat ends with the assistant, its last message is the demo's own answer, and the rest is the prompt; any
 * other chat is a prompt without an answer; the prompt of a text is its first part. Demos that make no prompt are left out.
 * @param vocabulary vocabulary of the full model: all variants continue the same tokens
 * @param contextLength context length of the model; longer prompts are left out. 0: not known
 * @throws WinnowError from the worker; the signal's reason
 */
export async function preparePrompts(
  demos: readonly SourceDemo[],
  { backend, model }: { readonly backend: Backend; readonly model: LoadedModel },
  contextLength: number,
  signal?: AbortSignal,
): Promise<PreparedPrompts> {
  const template = toChatTemplate(model);
  /** Distinct warnings, indexed by their text. */
  const warnings = new Map<string, Sentence>();
  const warn = (said: Sentence): unknown => warnings.set(inEnglish(said), said);
  const drafts: Draft[] = [];
  const renderer = rendererBeside(backend);
  const draft = async (demo: SourceDemo): Promise<void> => {
    try {
      const made = await renderDraft(demo, template, renderer, signal);
      if (made.rendered.warning !== undefined) warn(made.rendered.warning);
      drafts.push(made);
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'DEMO_FORMAT') throw error;
      warn(msg('leftOut', { demo: demo.id, reason: saidBy(error) }));
    }
  };
  await inSlices(demos, draft, signal);

  const prompts: Prompt[] = [];
  for (const made of drafts) {
    signal?.throwIfAborted();
    const prompt = await toPrompt(made, { backend, model });
    const { length } = prompt.tokens;
    if (length === 0) warn(msg('leftOut', { demo: prompt.demo, reason: msg('tooShortToContinue') }));
    else if (contextLength > 0 && length >= contextLength) {
      const reason = msg('noRoomInContext', { tokens: length, contextLength });
      warn(msg('leftOut', { demo: prompt.demo, reason }));
    } else prompts.push(prompt);
  }
  return { prompts, warnings: [...warnings.values()] };
}

/** A prompt as text, before it is tokenised. */
type Draft = Prompt & { readonly rendered: RenderedDemo; readonly answer: ChatMessage | null };

/** The prompt of a demo as text. @throws WinnowError DEMO_FORMAT: there is nothing before the answer, or the template refuses it */
async function renderDraft(
  { id, hash, content }: SourceDemo,
  template: ChatTemplate,
  renderer: TemplateRunner,
  signal: AbortSignal | undefined,
): Promise<Draft> {
  const bare = {
    ...{ demo: id, hash, tokens: new Int32Array(), shown: '', gold: null, answer: null },
    ...{ expectedTokens: null, tools: [], callsTool: false },
  };
  if (content.kind === 'text')
    return { ...bare, kind: 'document', rendered: await renderDemo(content, template, renderer) };
  const { messages, tools = [] } = content;
  const last = messages.at(-1);
  const answer = last?.role === 'assistant' ? last : null;
  const turns = answer ? messages.slice(0, -1) : messages;
  const shown = turns.at(-1)?.content;
  if (shown === undefined) throw new WinnowError('DEMO_FORMAT', msg('nothingBeforeAnswer'));
  return {
    ...bare,
    kind: 'chat',
    rendered: await renderDemo({ ...content, messages: turns }, template, renderer, { forGeneration: true, signal }),
    shown,
    gold: answer && goldAnswer(answer),
    answer,
    tools: toolNames(tools),
    callsTool: answer?.tool_calls !== undefined,
  };
}

/** The text of the demo's own answer; if it only calls tools, the calls. */
function goldAnswer({ content, tool_calls: calls = [] }: ChatMessage): string | null {
  if (content.trim() !== '') return content;
  return calls.length > 0
    ? calls.map((call) => JSON.stringify(isRecord(call) && 'function' in call ? call['function'] : call)).join('\n')
    : null;
}

async function toPrompt(
  { rendered: { text, addSpecial, parseSpecial }, answer, ...draft }: Draft,
  { backend, model }: { readonly backend: Backend; readonly model: LoadedModel },
): Promise<Prompt> {
  const texts = [{ text, addSpecial, parseSpecial }];
  if (answer && answer.content !== '') texts.push({ text: answer.content, addSpecial: false, parseSpecial: true });
  const [tokens = new Int32Array(), answerTokens] = await backend.call('tokenize', { texts });
  if (draft.kind === 'chat') return { ...draft, tokens, expectedTokens: answerTokens?.length ?? null };
  const part = tokens.slice(0, Math.min(DOCUMENT_PROMPT_TOKENS, Math.floor(tokens.length / 2)));
  const pieces = await readTokenPieces(part, backend);
  // the BOS that the tokenizer adds is not part of the text
  const shown = (pieces[0] === model.bosToken && model.addBos ? pieces.slice(1) : pieces).join('');
  return {
    ...draft,
    tokens: shown.trim() === '' ? new Int32Array() : part,
    shown,
    expectedTokens: tokens.length - part.length,
  };
}
