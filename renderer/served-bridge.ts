// The served page's way to its server: one WebSocket for the conversation with the engine, uploads for files.
import { Encoder } from 'cbor-x/index-no-eval';
import { z } from 'zod';
import {
  grantSchema,
  type Bridge,
  type Grant,
  type PickPurpose,
  type SavePurpose,
} from '../electron/contract/bridge.ts';
import { errorDataSchema } from '../electron/contract/api/common.ts';
import { errorFromData, WinnowError } from '../electron/contract/errors.ts';
import { DEMO_EXTENSIONS } from '../electron/contract/file-extensions.ts';
import { pageTextSchema, type EngineMessage } from '../electron/contract/messages.ts';

const RECONNECT_MS = 1500;
/** A broken tunnel may not answer at all. */
const ANSWER_MS = 5000;

/** The server answers in it: typed arrays stay such. */
const cbor = new Encoder({ structuredClone: true, useRecords: false });
/** Why there is no connection: the server is out of reach, or is another one that does not know this browser. */
type Loss = 'unreachable' | 'stranger';

const LOST: Readonly<Record<Loss, EngineMessage>> = {
  unreachable: {
    kind: 'fatal',
    error: {
      code: 'CONNECTION_LOST',
      message: 'The connection to the server was lost. This page connects again by itself as soon as it can.',
    },
  },
  stranger: {
    kind: 'fatal',
    error: {
      code: 'CONNECTION_LOST',
      message: 'The server was started anew, and does not know this browser any more.',
      details: { reason: 'stranger' },
    },
  },
};

const accept = (extensions: readonly string[]): string => extensions.map((extension) => `.${extension}`).join(',');

/** What the browser's file form offers. */
const ACCEPT: Readonly<Record<PickPurpose, string>> = {
  model: '.gguf',
  demos: accept(DEMO_EXTENSIONS),
  texts: accept(DEMO_EXTENSIONS),
  folder: '',
  mask: '.json',
  imatrix: '.gguf',
  bundle: '.winnow',
};

export function servedBridge(): Bridge {
  const channel = connect();
  return {
    host: 'served',
    platform: /Mac/.test(navigator.userAgent) ? 'darwin' : 'linux',
    ...channel,
    grantFiles: (files) => Promise.all(files.map(upload)),
    pickFiles: async (purpose) => Promise.all((await chooseFiles(purpose)).map(upload)),
    pickTarget: (purpose, suggestedName) => target(purpose, suggestedName),
    outputFolder: async () => z.string().parse(await ask('output-folder', null)),
    onCommand: () => () => {},
    onOpenFiles: () => () => {},
    restartEngine: async () => {
      await ask('engine/restart', null);
    },
  };
}

function connect(): Pick<Bridge, 'post' | 'onMessage'> {
  const listeners = new Set<(message: unknown) => void>();
  /** What was said while there was no connection. */
  let waiting: string[] = [];
  let socket: WebSocket | null = null;
  let lost: Loss | null = null;
  const tell = (message: unknown): void => listeners.forEach((listener) => listener(message));

  const open = (): void => {
    const next = new WebSocket(new URL('channel', location.href.replace(/^http/, 'ws')));
    next.binaryType = 'arraybuffer';
    next.onopen = () => {
      socket = next;
      if (lost !== null) tell({ kind: 'restarted' } satisfies EngineMessage);
      lost = null;
      for (const message of waiting.splice(0)) next.send(message);
    };
    next.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => tell(cbor.decode(new Uint8Array(data)));
    next.onclose = () => {
      socket = null;
      waiting = [];
      void lose();
    };
  };
  const become = (loss: Loss): void => {
    if (lost !== loss) tell(LOST[loss]);
    lost = loss;
  };
  const lose = async (): Promise<void> => {
    if (lost === null) become('unreachable');
    become(await findLoss());
    // also as a stranger: another tab of this browser may have opened the new address
    setTimeout(open, RECONNECT_MS);
  };
  open();

  return {
    post: (message) => {
      const text = pageTextSchema.parse(message);
      if (socket) socket.send(text);
      else waiting.push(text);
    },
    onMessage: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A WebSocket does not say why it was refused; a request does. */
async function findLoss(): Promise<Loss> {
  const answer = await fetch('.', { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => null);
  return answer?.status === 401 ? 'stranger' : 'unreachable';
}

/** @throws WinnowError: what the server says */
async function ask(path: string, body: BodyInit | null): Promise<unknown> {
  const response = await fetch(path, { method: 'POST', body }).catch(() => {
    throw new WinnowError('CONNECTION_LOST', 'The server could not be reached. Try again when it is back.');
  });
  const answer = (await response.json().catch(() => null)) as unknown;
  if (response.ok) return answer;
  const error = errorDataSchema.safeParse(answer);
  throw error.success
    ? errorFromData(error.data)
    : new WinnowError(
        'CONNECTION_LOST',
        `The server refused (${response.status}). Open a new address of "winnow serve".`,
      );
}

async function upload(file: File): Promise<Grant> {
  return grantSchema.parse(await ask(`files?name=${encodeURIComponent(file.name)}`, file));
}

async function target(purpose: SavePurpose, suggestedName: string): Promise<Grant | null> {
  return grantSchema.nullable().parse(await ask('targets', JSON.stringify({ purpose, suggestedName })));
}

/** A browser's own file dialog. Folders and models are the server's: nothing to choose here. */
function chooseFiles(purpose: PickPurpose): Promise<File[]> {
  if (purpose === 'folder' || purpose === 'model') return Promise.resolve([]);
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = purpose === 'demos' || purpose === 'texts';
  input.accept = ACCEPT[purpose];
  return new Promise((resolve) => {
    input.onchange = () => resolve([...(input.files ?? [])]);
    input.oncancel = () => resolve([]);
    input.click();
  });
}
