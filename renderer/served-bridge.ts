// The served page's connection to its server: one WebSocket for the conversation with the engine, and uploads for files.
import { Encoder } from 'cbor-x/index-no-eval';
import { z } from 'zod';
import {
  grantSchema,
  isFolderPurpose,
  placeSchema,
  TO_DOWNLOAD,
  type Bridge,
  type FolderPurpose,
  type Grant,
  type PickPurpose,
  type SavePurpose,
} from '../electron/contract/bridge.ts';
import { errorDataSchema } from '../electron/contract/api/common.ts';
import { errorFromData, WinnowError } from '../electron/contract/errors.ts';
import { DEMO_EXTENSIONS } from '../electron/contract/file-extensions.ts';
import { askServer, type ServerCalls } from './files/server-question.ts';
import { pageTextSchema, type EngineMessage } from '../electron/contract/messages.ts';
import { msg } from '../electron/contract/sentences.ts';
import { CHANNEL_PROTOCOL, KEY_HEADER } from '../electron/contract/served-session.ts';
import { sessionKey } from './served-key.ts';

const RECONNECT_MS = 1500;
/** A broken tunnel may never answer. */
const ANSWER_MS = 5000;

/** The encoding of the server's answers, which preserves typed arrays. */
const cbor = new Encoder({ structuredClone: true, useRecords: false });
/** Why there is no connection: the server cannot be reached, or it is another one that does not know this browser. */
type Loss = 'unreachable' | 'stranger';

const LOST: Readonly<Record<Loss, EngineMessage>> = {
  unreachable: {
    kind: 'fatal',
    error: new WinnowError('CONNECTION_LOST', msg('serverLost')).toData(),
  },
  stranger: {
    kind: 'fatal',
    error: new WinnowError('CONNECTION_LOST', msg('serverStranger'), { reason: 'stranger' }).toData(),
  },
};

const accept = (extensions: readonly string[]): string => extensions.map((extension) => `.${extension}`).join(',');

/** The file types that the browser's file form offers. */
const ACCEPT: Readonly<Record<PickPurpose, string>> = {
  model: '.gguf',
  demos: accept(DEMO_EXTENSIONS),
  texts: accept(DEMO_EXTENSIONS),
  folder: '',
  checkpoint: '',
  choice: '.json',
  imatrix: '.gguf',
};

export function servedBridge(): Bridge {
  const channel = connect();
  return {
    host: 'served',
    platform: /Mac/.test(navigator.userAgent) ? 'darwin' : 'linux',
    ...channel,
    grantFiles: (files) => Promise.all(files.map(upload)),
    pickFiles: (purpose) =>
      purpose === 'model' || isFolderPurpose(purpose) ? takeFromServer(purpose) : uploadChosen(purpose),
    pickTarget,
    newTarget: target,
    outputFolder: async () => z.string().parse(await ask('output-folder', null)),
    server: {
      downloadTarget: (purpose, suggestedName) => target(purpose, suggestedName, TO_DOWNLOAD),
      download,
      isDownload: ({ id }) => toDownload.has(id),
    },
    onCommand: () => () => {},
    onOpenFiles: () => () => {},
    restartEngine: async () => {
      await ask('engine/restart', null);
    },
  };
}

function connect(): Pick<Bridge, 'post' | 'onMessage'> {
  const listeners = new Set<(message: unknown) => void>();
  /** Messages that were sent while there was no connection. */
  let waiting: string[] = [];
  let socket: WebSocket | null = null;
  let lost: Loss | null = null;
  const tell = (message: unknown): void => listeners.forEach((listener) => listener(message));

  const open = (): void => {
    const key = sessionKey();
    const protocols = key === null ? [CHANNEL_PROTOCOL] : [CHANNEL_PROTOCOL, key];
    const next = new WebSocket(new URL('channel', location.href.replace(/^http/, 'ws')), protocols);
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
    // even as a stranger: another tab of this browser may have opened the new address
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

/** Asks by a request, since a WebSocket does not say why it was refused. */
async function findLoss(): Promise<Loss> {
  const init = { method: 'POST', headers: keyHeader(), signal: AbortSignal.timeout(ANSWER_MS) };
  const answer = await fetch('output-folder', init).catch(() => null);
  return answer?.status === 401 ? 'stranger' : 'unreachable';
}

/** @throws WinnowError with the server's error */
async function ask(path: string, body: BodyInit | null): Promise<unknown> {
  const response = await fetch(path, { method: 'POST', headers: keyHeader(), body }).catch(() => {
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

function keyHeader(): Record<string, string> {
  const key = sessionKey();
  return key === null ? {} : { [KEY_HEADER]: key };
}

async function upload(file: File): Promise<Grant> {
  return grantSchema.parse(await ask(`files?name=${encodeURIComponent(file.name)}`, file));
}

/** The server calls that the dialog needs. */
const folders: ServerCalls = {
  list: async (access, folder) => placeSchema.parse(await ask('places', JSON.stringify({ access, folder }))),
  uploadModels: () => uploadChosen('model'),
};

/** Ids of targets that exist only to be downloaded. */
const toDownload = new Set<string>();

/** @param folder undefined: the server's default */
async function target(purpose: SavePurpose, suggestedName: string, folder?: string): Promise<Grant> {
  const grant = grantSchema.parse(await ask('targets', JSON.stringify({ purpose, suggestedName, folder })));
  if (folder === TO_DOWNLOAD) toDownload.add(grant.id);
  return grant;
}

async function pickTarget(purpose: SavePurpose, suggestedName: string): Promise<Grant | null> {
  const answer = await askServer({ question: { kind: 'target', purpose, suggestedName }, folders });
  return answer?.kind === 'target' ? target(purpose, answer.name, answer.folder) : null;
}

async function takeFromServer(purpose: 'model' | FolderPurpose): Promise<Grant[]> {
  const answer = await askServer({ question: { kind: purpose === 'model' ? 'models' : purpose }, folders });
  if (answer?.kind === 'uploaded') return [...answer.grants];
  if (answer?.kind !== 'taken') return [];
  const kind = purpose === 'model' ? 'file' : 'folder';
  return z.array(grantSchema).parse(await ask('taken', JSON.stringify({ kind, ids: answer.ids })));
}

async function uploadChosen(purpose: PickPurpose): Promise<Grant[]> {
  return Promise.all((await chooseFiles(purpose)).map(upload));
}

/** Downloads a file with a ticket from the server, since a link sends no key. */
async function download({ id, name }: Grant): Promise<void> {
  const ticket = z.string().parse(await ask('ticket', JSON.stringify({ id })));
  const link = document.createElement('a');
  link.href = `downloads/${id}?ticket=${ticket}`;
  link.download = name;
  link.click();
}

/** Opens the browser's own file dialog. */
function chooseFiles(purpose: PickPurpose): Promise<File[]> {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = purpose === 'demos' || purpose === 'texts' || purpose === 'model';
  input.accept = ACCEPT[purpose];
  return new Promise((resolve) => {
    input.onchange = () => resolve([...(input.files ?? [])]);
    input.oncancel = () => resolve([]);
    input.click();
  });
}
