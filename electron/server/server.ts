// The served mode: the window's interface in a browser, for machines without a display. Every request must name this
// server, carry a session, and come from its own page.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type { z } from 'zod';
import {
  placeRequestSchema,
  takeRequestSchema,
  targetRequestSchema,
  ticketRequestSchema,
  TO_DOWNLOAD,
  type Grant,
  type TakeRequest,
  type TargetRequest,
} from '../contract/bridge.ts';
import { errorToData, WinnowError } from '../contract/errors.ts';
import { describeIssues } from '../contract/messages.ts';
import { msg } from '../contract/sentences.ts';
import { cannotListen } from '../engine/endpoints/cannot-listen.ts';
import { EngineSupervisor } from '../host/engine-supervisor.ts';
import { Access, hostNames } from './access.ts';
import { startEngineProcess } from './engine-process.ts';
import { sendDownload } from './download.ts';
import { Files } from './files.ts';
import { limitedServer } from './http-limits.ts';
import { PAGE_HEADERS, refuse, refusePerson, sendFirstPage, sendPageFile, type Advice } from './page.ts';
import { Pages } from './pages.ts';
import { Places } from './places.ts';

/** Beginning of the path of a download; the id of the file follows. */
const DOWNLOADS = '/downloads/';

/** The limit of JSON bodies, which are small; uploads have their own. */
const MAX_JSON_BYTES = 64 << 10;

/** The signal that asks for another address if there is no terminal; null: Windows does not have it. */
export const ADDRESS_SIGNAL = process.platform === 'win32' ? null : 'SIGUSR2';

/** The texts for a browser without access. */
const adviceWhere = (hasTerminal: boolean) => {
  const ask = hasTerminal
    ? 'Press Enter where “winnow serve” runs'
    : `Start “winnow serve” again${ADDRESS_SIGNAL === null ? '' : `, or send its process the signal ${ADDRESS_SIGNAL}`}`;
  const newAddress = `${ask}, and open the address that it prints. Each address opens once, in one browser.`;
  return {
    otherName: { title: 'This server goes by another name', todo: 'Open the address as “winnow serve” printed it.' },
    noSession: { title: 'This browser was not let in yet', todo: newAddress },
    wrongToken: { title: 'This address was used already, or is mistyped', todo: newAddress },
    tooMany: {
      title: 'Too many wrong addresses',
      todo: 'Open the address that “winnow serve” printed last.',
    },
  } as const satisfies Record<string, Advice>;
};

export type ServerOptions = {
  readonly hostname: string;
  /** 0: any free port. */
  readonly port: number;
  /** Folder of the database. */
  readonly home: string;
  /** Folders for pruned models, masks and reports. Files are written to the first, unless another is chosen. */
  readonly outputFolders: readonly [string, ...string[]];
  /** Further folders that models, and folders of them, may be added from. */
  readonly modelFolders: readonly string[];
  /** Whether the server has a terminal where Enter can be pressed for another address. */
  readonly hasTerminal: boolean;
};

export type RunningServer = {
  /** Returns a new address that works once. */
  readonly newAddress: () => string;
  close(): Promise<void>;
};

/** Starts the server. @throws WinnowError USAGE: the address is taken, or does not belong to this machine */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { hostname, port, home, outputFolders, modelFolders } = options;
  const advice = adviceWhere(options.hasTerminal);
  const access = new Access(hostname);
  const { server, note } = limitedServer((request, response) => {
    answer(request, response).catch((error: unknown) => sendError(response, error));
  });
  const files = new Files({ home, toEngine: (grant) => engine.grant(grant) });
  const outputFolder = resolve(outputFolders[0]);
  const places = new Places({
    write: outputFolders.map((folder) => resolve(folder)),
    read: modelFolders.map((folder) => resolve(folder)),
  });
  // without permission to remove them there is none to write either, which the first upload reports
  await files.removeLeftovers().catch(() => undefined);
  await listen(server, hostname, port);
  const engine = new EngineSupervisor({
    startProcess: () => startEngineProcess(home, (id, file) => files.offer(id, file)),
    toPage: (message) => pages.send(message),
  });
  const pages = new Pages(
    server,
    (request) => access.isFromOurPage(request) && showsKey(request),
    (message) => engine.fromPage(message),
    () => (engine.fatal ? { kind: 'fatal', error: engine.fatal } : null),
  );
  engine.start();

  function showsCookie(request: IncomingMessage): boolean {
    const shows = access.hasSession(request);
    if (shows) note(request.socket, 'cookie');
    return shows;
  }

  function showsKey(request: IncomingMessage): boolean {
    const shows = access.hasKey(request);
    if (shows) note(request.socket, 'key');
    return shows;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '/', 'http://server');
    const token = url?.searchParams.get('token') ?? null;
    if (!access.isForUs(request)) {
      refusePerson(response, 403, advice.otherName);
    } else if (url === null) {
      refuse(response, 400, 'This is not an address.');
    } else if (request.method === 'GET' && url.pathname === '/' && token !== null) {
      if (access.isOpenedByPerson(request)) await admit(token, request, response);
      else refuse(response, 403, 'Only a person may open this.');
    } else if (!showsCookie(request)) {
      refusePerson(response, 401, advice.noSession);
    } else if (request.method === 'GET' && url.pathname.startsWith(DOWNLOADS)) {
      await serveDownload(url, request, response);
    } else if (request.method === 'GET') {
      await sendPageFile(url.pathname, response);
    } else if (!access.isFromOurPage(request)) {
      refuse(response, 403, 'Only the page of this server may ask this.');
    } else if (!showsKey(request)) {
      refuse(response, 401, 'Only the page that was let in may ask this.');
    } else {
      await serveCall(request, url, response);
    }
  }

  async function serveCall(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    switch (`${request.method ?? ''} ${url.pathname}`) {
      case 'POST /files':
        sendJson(response, await files.upload(url.searchParams.get('name') ?? '', request));
        break;
      case 'POST /targets':
        sendJson(response, await target(await readBody(request, targetRequestSchema)));
        break;
      case 'POST /places': {
        const { access: purpose, folder } = await readBody(request, placeRequestSchema);
        sendJson(response, await places.list(purpose, folder));
        break;
      }
      case 'POST /taken':
        sendJson(response, await take(await readBody(request, takeRequestSchema)));
        break;
      case 'POST /output-folder':
        sendJson(response, outputFolder);
        break;
      case 'POST /ticket':
        sendJson(response, access.ticket(request, (await readBody(request, ticketRequestSchema)).id));
        break;
      case 'POST /engine/restart':
        engine.restart();
        sendJson(response, null);
        break;
      default:
        refuse(response, 404, 'There is no such thing.');
    }
  }

  async function target({ folder, ...request }: TargetRequest): Promise<Grant> {
    if (folder === TO_DOWNLOAD) return files.downloadTarget(request);
    if (folder === undefined) return files.target(request, outputFolder, false);
    return files.target(request, await places.path(folder, 'folder', 'write'), true);
  }

  async function take({ kind, ids }: TakeRequest): Promise<Grant[]> {
    const paths = await Promise.all(ids.map((id) => places.path(id, kind, 'read')));
    return files.take(paths, kind === 'file' ? 'read' : 'folder');
  }

  async function serveDownload(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = url.pathname.slice(DOWNLOADS.length);
    const file = files.download(id);
    if (!access.hasTicket(request, id, url.searchParams.get('ticket') ?? '')) {
      refuse(response, 401, 'Only the page that was let in may begin a download.');
    } else if (file === undefined) {
      refuse(response, 404, 'Nothing is offered here.');
    } else {
      await sendDownload(file, request, response);
    }
  }

  async function admit(token: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const redeemed = access.redeem(token);
    if (redeemed.answer === 'accepted') {
      await sendFirstPage(redeemed.cookie, redeemed.key, response);
    } else if (access.hasSession(request)) {
      // the same browser again, from its history or a bookmark
      response.writeHead(303, { ...PAGE_HEADERS, location: '/' }).end();
    } else if (redeemed.answer === 'too-many') {
      refusePerson(response, 429, advice.tooMany);
    } else {
      refusePerson(response, 401, advice.wrongToken);
    }
  }

  return {
    newAddress: () => {
      const [name = hostname] = hostNames(hostname);
      return `http://${name}:${(server.address() as AddressInfo).port}/?token=${access.issueToken()}`;
    },
    close: async () => {
      pages.close();
      server.close();
      server.closeAllConnections();
      await engine.close();
      await files.close();
    },
  };
}

function listen(server: Server, hostname: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(cannotListen(error, hostname, port));
    });
    server.listen(port, hostname, resolve);
  });
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { ...PAGE_HEADERS, 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const data = errorToData(error);
  response.writeHead(data.code === 'INTERNAL' ? 500 : 400, {
    ...PAGE_HEADERS,
    'content-type': 'application/json',
    connection: 'close',
  });
  response.end(JSON.stringify(data));
}

/** @throws WinnowError USAGE */
async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const body = schema.safeParse(await readJson(request));
  if (body.success) return body.data;
  throw new WinnowError('USAGE', msg('serverCannot', { why: describeIssues(body.error) }));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  // a character may be split across two chunks
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_JSON_BYTES) throw new WinnowError('USAGE', msg('requestTooBig'));
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new WinnowError('USAGE', msg('requestNoJson'));
  }
}
