// What speaks to `winnow serve` over plain sockets: it may say anything, which a browser would not.
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { Encoder } from 'cbor-x';
import WebSocket from 'ws';
import { z } from 'zod';
import { Client } from '../../../electron/contract/client.ts';
import { within } from '../../e2e/within.ts';
import type { Ground } from './ground.ts';
import { whileListening, type Listening, type Watched } from './listening.ts';

const cbor = new Encoder({ structuredClone: true, useRecords: false });
const ANSWER_MS = 10_000;

const announcedSchema = z.object({ address: z.url() });

/** What the browser that was let in has. */
export type Session = {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly cookie: string;
  /** The headers with which its page asks. */
  readonly own: Readonly<Record<string, string>>;
};

type Served = Listening<z.infer<typeof announcedSchema>> & {
  /** As a person asks for another one where there is no terminal. */
  readonly newAddress: () => Promise<string>;
};

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/**
 * Starts `winnow serve`, enters it as a browser does, and works with it.
 * @param memoryBytes more than that of all its processes together ends it
 */
export function whileServing<Result>(
  { home, folder }: Ground,
  memoryBytes: number,
  work: (session: Session, command: Served) => Promise<Result>,
): Promise<Watched<Result>> {
  const args = ['serve', '--port', '0', '--output', folder];
  return whileListening({ home, args, schema: announcedSchema, memoryBytes }, async (command) => {
    const address = new URL(command.announced.address);
    const { origin, host, port } = address;
    const nobody = { origin, host, port: Number(port), cookie: '', own: {} };
    const entered = await ask(nobody, 'GET', address.pathname + address.search);
    const [cookie = ''] = entered.headers['set-cookie']?.[0]?.split(';') ?? [];
    const key = keyIn(entered.body);
    if (key === '') throw new Error(`nobody was let in: ${entered.status} ${entered.body.slice(0, 300)}`);
    const newAddress = async (): Promise<string> => {
      command.signal('SIGUSR2');
      return (await command.next()).address;
    };
    return work({ ...nobody, cookie, own: { cookie, origin, 'x-winnow-key': key } }, { ...command, newAddress });
  });
}

/** The session's key in the page that lets a browser in; empty: there is none. */
export function keyIn(page: string): string {
  return /<meta name="winnow-key" content="(?<key>[\w-]{43})">/.exec(page)?.groups?.key ?? '';
}

/** @param headers all but Host, which can be among them */
export function ask(
  { host, port }: Session,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Buffer,
): Promise<Answer> {
  const answer = new Promise<Answer>((done, fail) => {
    const asked = request({ hostname: '127.0.0.1', port, method, path, agent: false, headers: { host, ...headers } });
    asked.on('error', fail);
    asked.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('error', fail);
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    asked.end(body);
  });
  return within(ANSWER_MS, `${method} ${path.slice(0, 100)} was not answered`, answer);
}

/** Says these bytes, and hears until the server hangs up or `ms` have passed. */
export function t({ port }: Session, bytes: string | Buffer, ms = 1000): Promise<string> {
  return new Promise((done) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const late = setTimeout(() => socket.destroy(), ms);
    socket.once('close', () => {
      clearTimeout(late);
      done(text);
    });
  });
}

/** @returns null: it was refused */
export function openChannel(
  { origin }: Session,
  headers: Readonly<Record<string, string>>,
  protocols: readonly string[] = [],
): Promise<WebSocket | null> {
  return new Promise((done) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/channel`, [...protocols], {
      headers: { ...headers },
    });
    socket.on('open', () => done(socket));
    socket.on('error', () => done(null));
  });
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
