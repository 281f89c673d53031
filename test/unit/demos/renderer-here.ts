// Runs templates in the test's own process: the texts are the same.
import type { WorkerHost } from '../../../electron/engine/base/backend/worker-host.ts';
import { requestSchema, type Reply } from '../../../electron/engine/base/backend/worker-calls.ts';
import { ChatRenderer } from '../../../electron/engine/demos/chat-renderer.ts';
import { answerRender } from '../../../electron/engine/demos/render-chat.ts';
import { methods } from '../../../electron/engine/demos/renderer-calls.ts';

export const hostHere: WorkerHost = () => {
  let reply: (message: Reply) => void = () => {};
  return {
    send: (message) => {
      const request = requestSchema.parse(message);
      if (request.kind === 'cancel') return;
      const value = answerRender(methods.render.params.parse(request.params));
      queueMicrotask(() => reply({ kind: 'result', id: request.id, value }));
    },
    onMessage: (listener) => {
      reply = listener;
      queueMicrotask(() => reply({ kind: 'ready' }));
    },
    onLog: () => {},
    onExit: () => {},
    kill: () => {},
  };
};

export const RENDERER_HERE = new ChatRenderer(() => hostHere);
