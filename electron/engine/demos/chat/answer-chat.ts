// Answers the calls to a chat worker, which holds one model.
import { InsufficientMemoryError, type LlamaModel } from 'node-llama-cpp';
import { errorToData, WinnowError, type ErrorData } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { answerCalls } from '../../base/backend/answer-calls.ts';
import { requireOpenFiles } from '../../base/backend/open-files.ts';
import { partPaths } from '../../models/model-files.ts';
import { completePrompts } from './complete-prompts.ts';
import { loadModel } from './load-chat-model.ts';
import { methods } from './protocol.ts';

let model: LlamaModel | null = null;

function loaded(): LlamaModel {
  if (model === null) throw new WinnowError('INTERNAL', 'the chat worker was asked before it was ready');
  return model;
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
    complete: async (params, task) => {
      await completePrompts(loaded(), params, task);
      return null;
    },
  },
  { toError: chatError },
);
