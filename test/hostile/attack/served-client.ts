// What speaks to `winnow serve` over plain sockets: it may say anything, which a browser would not.
import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Encoder } from 'cbor-x';
import WebSocket from 'ws';
import { z } from 'zod';
import { Client } from '../../../electron/contract/client.ts';
import { within } from '../../e2e/within.ts';
import type { Ground } from './ground.ts';
import { whileListening } from './listening.ts';

const cbor = new Encoder({ structuredClone: true, useRecords: false });
const ANSWER_MS = 10_000;

const announcedSchema = z.object({ address: z.url() });

type Place = { readonly host: string; readonly port: number };

/** What the browser that was let in has. */
export type Session = Place & {
  readonly origin: string;
  readonly cookie: string;
  /** The headers with which its page asks. */
  readonly own: Readonly<Record<string, string>>;
};

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/**
 * Starts `winnow serve`, enters it as a browser does, and works with it.
 * @param memoryBytes more than that of all its processes together ends it
 */
export function whileServing(
  { home, folder }: Ground,
  memoryBytes: number,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const args = ['serve', '--port', '0', '--output', folder];
  return whileListening({ home, args, schema: announcedSchema, memoryBytes }, async ({ announced }) => {
    const { origin, host, port, pathname, search } = new URL(announced.address);
    const place = { host, port: Number(port) };
    const entered = await ask(place, 'GET', pathname + search);
    const [cookie = ''] = entered.headers['set-cookie']?.[0]?.split(';') ?? [];
    const key = keyIn(entered.body);
    if (key === '') throw new Error(`nobody was let in: ${entered.status} ${entered.body.slice(0, 300)}`);
    return work({ ...place, origin, cookie, own: { cookie, origin, 'x-winnow-key': key } });
  });
}

/** The session's key in the page that lets a browser in; empty: there is none. */
export function keyIn(page: string): string {
  return /<meta name="winnow-key" content="(?<key>[\w-]{43})">/.exec(page)?.groups?.key ?? '';
}

/** @param headers all but Host, which can be among them */
export function ask(
  { host, port }: Place,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Buffer,
): Promise<Answer> {
  const asked = request({ hostname: '127.0.0.1', port, method, path, agent: false, headers: { host, ...headers } });
  const answer = async (): Promise<Answer> => {
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
  };
  asked.on('error', () => undefined).end(body);
  return within(ANSWER_MS, `${method} ${path.slice(0, 100)} was not answered`, answer());
}

/** Says these bytes, and hears until the server hangs up or `ms` have passed. */
export async function t({ port }: Place, bytes: string, ms: number): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  const late = setTimeout(() => socket.destroy(), ms);
  let heard = '';
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (heard += chunk.toString()));
  await new Promise((done) => socket.once('close', done));
  clearTimeout(late);
  return heard;
}

/** The channel of a page that was let in. @throws Error when it is refused */
export async function openChannel({ origin, own }: Session): Promise<WebSocket> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/channel`, { headers: { ...own } });
  await once(socket, 'open');
  return socket.on('error', () => undefined);
}

export function clientOf(socket: WebSocket): Client {
  return new Client({
    post: (message) => socket.send(message as string),
    onMessage: (listener) => {
      const take = (data: Buffer): void => listener(cbor.decode(data));
      socket.on('message', take);
      return () => void socket.off('message', take);
    },
  });
}
