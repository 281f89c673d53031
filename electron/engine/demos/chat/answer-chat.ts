// Answers the calls to a chat worker, which holds one model and one conversation with it.
import { InsufficientMemoryError, type LlamaModel } from 'node-llama-cpp';
import { errorToData, WinnowError, type ErrorData } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { answerCalls } from '../../base/backend/answer-calls.ts';
import { requireOpenFiles } from '../../base/backend/open-files.ts';
import { partPaths } from '../../models/model-files.ts';
import { completePrompts } from './complete-prompts.ts';
import { Conversation } from './conversation.ts';
import { loadModel } from './load-chat-model.ts';
import { methods } from './protocol.ts';

let model: LlamaModel | null = null;
let conversation: Conversation | null = null;

function loaded<T>(part: T | null): T {
  if (part === null) throw new WinnowError('INTERNAL', 'the chat worker was asked before it was ready');
  return part;
}

function chatError(error: unknown): ErrorData {
  const { message } = errorToData(error);
  if (error instanceof InsufficientMemoryError || /failed to create context|bad allocation|bad_alloc/i.test(message)) {
    const said = say('chatNoMemory', { reason: message.replace(/[.]?$/, '.') });
    return new WinnowError('OUT_OF_MEMORY', said).toData();
  }
  return errorToData(error);
}

answerCalls(
  methods,
  {
    load: async (params, task) => {
      requireOpenFiles(partPaths(params.path));
      model = await loadModel(params, task);
      const { tokens, fileInfo } = model;
      return {
        chatTemplate: fileInfo.metadata.tokenizer.chat_template ?? null,
        bosToken: tokens.bosString,
        eosToken: tokens.eosString,
        addsBos: tokens.shouldPrependBosToken,
      };
    },
    startChat: async ({ contextSize }, { emit }) => {
      conversation = await Conversation.start(loaded(model), contextSize, () => emit('trying the template'));
      return conversation.info;
    },
    send: (params, task) => loaded(conversation).send(params, task),
    reset: async () => {
      await loaded(conversation).reset();
      return null;
    },
    memory: () => process.memoryUsage.rss(),
    complete: async (params, task) => {
      await completePrompts(loaded(model), params, task);
      return null;
    },
  },
  { toError: chatError, atOnce: ['memory'] },
);
