// The respond use case: the model answers the chats of a domain that have no answer yet. Answers are stored one by one,
// so that the same job goes on where it was cancelled.
import { z } from 'zod';
import { placementSchema } from '../../../contract/requests.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { answerDemo, getDemo, listPromptOnlyIds, type StoredDemo } from '../../store/demos.ts';
import { getDomain } from '../../store/domains.ts';
import { inSlices } from '../../store/slices.ts';
import { respondTask } from './respond-task.ts';
import { respond } from './respond.ts';

/** Moderate, as reasoning models are recommended to be run: at 0 they fall into loops. */
const SAMPLING = { temperature: 0.6, seed: 1 } as const;

export const respondRequestSchema = z.object({
  domainId: z.int(),
  /** Path. */
  model: z.string(),
  /** What the answers are said to be of. */
  modelName: z.string(),
  /** Of each answer. */
  maxTokens: z.int().positive(),
  placement: placementSchema,
});
export type RespondRequest = z.infer<typeof respondRequestSchema>;

export type RespondOutcome = {
  /** Chats. */
  readonly answered: number;
  /** Of them, those whose answer the limit or a loop ended. */
  readonly cutOff: number;
};

/** @throws WinnowError USAGE: the domain was deleted; as respond */
export async function runRespond(
  { domainId, model, modelName, maxTokens, placement }: RespondRequest,
  { store, host }: EngineContext,
  task: Task,
): Promise<RespondOutcome> {
  getDomain(store, domainId);
  const prompts: StoredDemo[] = [];
  await inSlices(listPromptOnlyIds(store, domainId), (id) => prompts.push(getDemo(store, id)), task.signal);
  let answered = 0;
  let cutOff = 0;
  await respond(
    prompts.map(({ content }) => content),
    model,
    { ...placement, ...SAMPLING, maxTokens },
    {
      ...respondTask(task),
      onAnswer: ({ index, content }) => {
        const prompt = prompts[index];
        if (!prompt || !answerDemo(store, prompt, content, modelName)) return;
        answered++;
        if (content.cutOff) cutOff++;
      },
    },
    host,
  );
  if (cutOff > 0) {
    task.log(
      `${cutOff} of ${answered} answers were cut off, at ${maxTokens} tokens or in a loop. They are marked, and scoring leaves them out.`,
    );
  }
  return { answered, cutOff };
}
