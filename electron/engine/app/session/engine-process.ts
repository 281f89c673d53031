// The engine as a process of its own, for the window and for the served mode. Its host relays the page's messages, and tells
// it which files were handed over.
import { randomUUID } from 'node:crypto';
import { hostMessageSchema, type FromEngine } from '../../../contract/host-messages.ts';
import { errorToData } from '../../../contract/errors.ts';
import { leaveTerminalToHost, parentPort, watchParent } from '../../base/backend/parent-port.ts';
import { forkWorker, type WorkerHost } from '../../base/backend/worker-host.ts';
import { winnowHome } from '../../store/engine-context.ts';
import { openServices } from './open-services.ts';

/** How long running work may take to stop before the process ends anyway. */
const CLOSE_MS = 5000;
/** How long it may take if the host is gone. */
const ORPHAN_MS = 1000;

watchParent({ graceMs: ORPHAN_MS });

const port = parentPort();
const post = (message: FromEngine): void => port.post(message);
const pageListeners = new Set<(message: unknown) => void>();
let services: ReturnType<typeof openServices> | null = null;

/** What listens to a worker process that the host started: in Electron, only the main process can start utility processes. */
type Listeners = {
  readonly message: ((message: unknown) => void)[];
  readonly log: ((text: string) => void)[];
  readonly exit: ((reason: string) => void)[];
};

const workers = new Map<number, Listeners>();
let nextWorker = 1;

const relayingHost: WorkerHost = ({ entry, args }) => {
  const worker = nextWorker++;
  const listeners: Listeners = { message: [], log: [], exit: [] };
  workers.set(worker, listeners);
  post({ kind: 'worker-start', worker, entry, args: [...args] });
  return {
    send: (message) => post({ kind: 'worker-send', worker, message }),
    onMessage: (listener) => void listeners.message.push(listener),
    onLog: (listener) => void listeners.log.push(listener),
    onExit: (listener) => void listeners.exit.push(listener),
    kill: () => post({ kind: 'worker-kill', worker }),
  };
};

function fail(error: unknown): void {
  post({ kind: 'fatal', error: errorToData(error) });
  // the message must be sent first
  setTimeout(() => process.exit(1), 100);
}

let closing = false;

async function close(): Promise<void> {
  // the host may ask to close and then disappear, which closes again
  if (closing) return;
  closing = true;
  setTimeout(() => process.exit(0), CLOSE_MS).unref();
  await services?.close();
  process.exit(0);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
leaveTerminalToHost();
port.onClose(() => void close());

port.onMessage((raw) => {
  const message = hostMessageSchema.parse(raw);
  switch (message.kind) {
    case 'page':
      for (const listener of pageListeners) listener(message.message);
      break;
    case 'grant':
      services?.services.grants.add(message.grant);
      break;
    case 'ping':
      post({ kind: 'pong' });
      break;
    case 'close':
      void close();
      break;
    case 'worker-message':
      for (const listener of workers.get(message.worker)?.message ?? []) listener(message.message);
      break;
    case 'worker-log':
      for (const listener of workers.get(message.worker)?.log ?? []) listener(message.text);
      break;
    case 'worker-exit': {
      const { exit = [] } = workers.get(message.worker) ?? {};
      workers.delete(message.worker);
      for (const listener of exit) listener(message.reason);
    }
  }
});

try {
  const utility = 'parentPort' in process;
  services = openServices({
    home: winnowHome(),
    host: utility ? relayingHost : forkWorker,
    reveal: (path) => post({ kind: 'reveal', path }),
    offer: ({ path, state }, id = randomUUID()) => {
      post({ kind: 'offer', id, path, state });
      return id;
    },
    recent: (path) => post({ kind: 'recent', path }),
    channel: {
      post: (message) => post({ kind: 'page', message }),
      onMessage: (listener) => {
        pageListeners.add(listener);
        return () => void pageListeners.delete(listener);
      },
    },
  });
} catch (error) {
  fail(error);
}
