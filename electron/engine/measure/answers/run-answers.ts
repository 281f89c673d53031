// The respond use case on files: the model answers the chats that wait for an answer, and the demos are written with the
// answers, as a file that scoring reads.
import type { DemoContent } from '../../../contract/demo.ts';
import { justifiedAnswerTokens } from '../../../contract/answer-tokens.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { AnswerRequest } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { gatherDemos } from '../../demos/gather.ts';
import { CUT_OFF_COLUMN, TOKENS_COLUMN } from '../../demos/normalise.ts';
import { exists, writeTextFile } from '../../base/files/user-files.ts';
import { inspectFile } from '../../models/inspect.ts';
import { hashJson } from '../../store/json.ts';
import { isPromptOnly } from './answered-demo.ts';
import { KeptAnswers } from './kept-answers.ts';
import { longestAnswer } from './longest-answer.ts';
import { respondTask } from './respond-task.ts';
import { respond } from './respond.ts';

export type AnswersOutcome = {
  readonly output: string;
  /** Written, answered or not. */
  readonly demos: number;
  /** By this call. */
  readonly answered: number;
  /** By an earlier call that was stopped. */
  readonly resumed: number;
  /** Chats that still wait: the model's context or its template had no room for them, or it said nothing. */
  readonly unanswered: number;
  /** Answers that the limit or a loop ended, by this call or an earlier one. */
  readonly cutOff: number;
  /** Of those of this call, the ones that only repeated themselves in the end. */
  readonly looped: number;
  /** Of each answer. */
  readonly maxTokens: number;
  /** In tokens, of the longest answer of the demos, where `maxTokens` follows from that; null: it does not. */
  readonly longest: number | null;
};

/**
 * @throws WinnowError TARGET_EXISTS; DEMOS_EMPTY: no demo waits for an answer; of importing, inspecting, answering and
 * writing; CANCELLED and BACKEND_CRASHED keep what is answered
 */
export async function runAnswers(request: AnswerRequest, context: EngineContext, task: Task): Promise<AnswersOutcome> {
  const { model, output, temperature, seed, placement } = request;
  await requireFree(request);
  const { demos, warnings } = await gatherDemos(request.demos, request, context.host);
  warnings.forEach((warning) => task.log(warning));
  const prompts = demos.map(({ content }) => (request.replaceAnswers ? withoutAnswer(content) : content));
  requirePrompts(prompts, request);
  const { info } = await inspectFile(model, context);
  const longest = request.maxTokens === undefined ? await longestAnswer(demos, info, context.host, task.signal) : null;
  const maxTokens = request.maxTokens ?? justifiedAnswerTokens(longest, info.contextLength);

  const key = hashJson({ model: info.fingerprint, prompts, maxTokens, temperature, seed });
  const kept = await KeptAnswers.open(`${output}.part`, key);
  const resumed = kept.size;
  let looped = 0;
  await respond(
    prompts.map((prompt, index) => kept.get(index) ?? prompt),
    model,
    { ...placement, maxTokens, temperature, seed },
    {
      ...respondTask(task),
      onAnswer: ({ index, content, stop }) => {
        kept.add(index, content);
        if (stop === 'loop') looped++;
      },
    },
    context.host,
  );
  const written = prompts.map((prompt, index) => kept.get(index) ?? prompt);
  await writeTextFile(output, written.map((content, index) => rowText(content, kept.get(index) && info.name)).join(''));
  await kept.remove();
  const unanswered = written.filter(isPromptOnly).length;
  const cutOff = written.filter((content) => content.cutOff).length;
  const answered = kept.size - resumed;
  return { output, demos: written.length, answered, resumed, unanswered, cutOff, looped, maxTokens, longest };
}

async function requireFree({ output, overwrite }: AnswerRequest): Promise<void> {
  if (overwrite || !(await exists(output))) return;
  throw new WinnowError('TARGET_EXISTS', say('answersExist', { output }), { path: output });
}

function requirePrompts(prompts: readonly DemoContent[], { demos, replaceAnswers }: AnswerRequest): void {
  if (prompts.some(isPromptOnly)) return;
  const how = replaceAnswers ? say('noChats') : say('addReplaceAnswers');
  throw new WinnowError('DEMOS_EMPTY', say('noPromptWaits', { paths: demos.join(', '), how }), { paths: demos });
}

/** The chat up to the last message that is not the assistant's; whatever is no such chat stays as it is. */
function withoutAnswer(content: DemoContent): DemoContent {
  if (content.kind === 'text') return content;
  const last = content.messages.findLastIndex(({ role }) => role !== 'assistant');
  if (last < 0) return content;
  const { tokenIds: _ofTheAnswerToo, ...rest } = content;
  return { ...rest, messages: content.messages.slice(0, last + 1) };
}

/** A line that the importers read back as the same demo. */
function rowText(content: DemoContent, answeredBy: string | undefined): string {
  const { kind: _kind, cutOff, tokenIds, ...columns } = content;
  const beside = {
    ...(cutOff && { [CUT_OFF_COLUMN]: true }),
    ...(tokenIds && { [TOKENS_COLUMN]: tokenIds }),
    ...(answeredBy !== undefined && { answered_by: answeredBy }),
  };
  return `${JSON.stringify({ ...columns, ...beside })}\n`;
}
