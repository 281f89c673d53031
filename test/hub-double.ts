// A model hub as Winnow meets it, on this machine: manifests by tags, files behind "resolve" that lead to a second host with
// addresses that carry a signature, checksums in the heads of answers, ranges; and everything that can go wrong.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type HubFile = {
  bytes: Buffer;
  /** Not a large file: it comes from the hub itself, and has no checksum. */
  isSmall?: boolean;
  /** Whoever knows the token gets it. */
  token?: string;
  /** What the hub answers instead. */
  status?: number;
  headers?: Record<string, string>;
  /** The hub says another checksum, or another size, than the file has. */
  saidSha256?: string;
  saidBytes?: number;
};

export type Asked = {
  readonly host: 'hub' | 'cdn';
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
};

export class HubDouble {
  /** By "owner/model/file", or "datasets/owner/set/file". */
  readonly files = new Map<string, HubFile>();
  /** By "owner/model:TAG". */
  readonly tags = new Map<string, string>();
  /** In their order. */
  readonly asked: Asked[] = [];
  /** How the second host ends an answer: after so many bytes of it, the connection breaks. */
  breakAfter: ((asked: Asked, nth: number) => number | null) | null = null;
  /** What the second host answers instead. */
  cdnStatus: ((asked: Asked, nth: number) => number | null) | null = null;
  /** The second host knows no ranges. */
  withoutRanges = false;
  /** Waited for before each piece that the second host sends. */
  pause: (() => Promise<void>) | null = null;
  readonly #hub: Server;
  readonly #cdn: Server;
  #served = 0;

  private constructor() {
    this.#hub = createServer((request, response) => this.#answer(request, response));
    this.#cdn = createServer((request, response) => void this.#give(request, response));
  }

  static async open(): Promise<HubDouble> {
    const hub = new HubDouble();
    for (const server of [hub.#hub, hub.#cdn]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return hub;
  }

  /** For HF_ENDPOINT. */
  get endpoint(): string {
    return `http://127.0.0.1:${portOf(this.#hub)}`;
  }

  add(path: string, bytes: Buffer, more: Omit<HubFile, 'bytes'> = {}): HubFile {
    const file = { bytes, ...more };
    this.files.set(path, file);
    return file;
  }

  /** Bytes of a body that were asked for, by all requests but those for heads. */
  bodies(): Asked[] {
    return this.asked.filter(({ method }) => method === 'GET');
  }

  async close(): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  #note(host: Asked['host'], { method = '', url = '', headers }: IncomingMessage): Asked {
    const asked = { host, method, path: url, range: headers.range, authorization: headers.authorization };
    this.asked.push(asked);
    return asked;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { authorization } = this.#note('hub', request);
    const { pathname } = new URL(request.url ?? '/', this.endpoint);
    const parts = decodeURIComponent(pathname).split('/').slice(1);
    if (parts[0] === 'v2') {
      const rfilename = this.tags.get(`${parts[1]}/${parts[2]}:${parts[4]}`);
      if (rfilename === undefined) {
        end(response, 404, { 'x-error-code': 'EntryNotFound' });
        return;
      }
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ggufFile: { rfilename } }));
      return;
    }
    const at = parts.indexOf('resolve');
    const file = this.files.get([...parts.slice(0, at), ...parts.slice(at + 2)].join('/'));
    if (at < 0 || !file) {
      end(response, 404, { 'x-error-code': 'EntryNotFound' });
      return;
    }
    if (file.token !== undefined && authorization !== `Bearer ${file.token}`) {
      end(response, 401);
      return;
    }
    if (file.status !== undefined) {
      end(response, file.status, file.headers);
      return;
    }
    if (file.isSmall)
      return void this.#send(request, response, file.bytes, { etag: `"${sha256(file.bytes).slice(0, 40)}"` });
    response.writeHead(302, {
      location: `http://127.0.0.1:${portOf(this.#cdn)}/signed${pathname}?signature=${this.asked.length}`,
      'x-linked-size': String(file.saidBytes ?? file.bytes.byteLength),
      'x-linked-etag': `"${file.saidSha256 ?? sha256(file.bytes)}"`,
      'x-repo-commit': '0'.repeat(40),
    });
    response.end();
  }

  async #give(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = this.#note('cdn', request);
    const nth = this.#served++;
    const status = this.cdnStatus?.(asked, nth) ?? null;
    if (status !== null) {
      end(response, status);
      return;
    }
    const parts = decodeURIComponent(new URL(asked.path, this.endpoint).pathname).split('/').slice(2);
    const at = parts.indexOf('resolve');
    const file = this.files.get([...parts.slice(0, at), ...parts.slice(at + 2)].join('/'));
    if (!file) {
      end(response, 403);
      return;
    }
    await this.#send(
      request,
      response,
      file.bytes,
      { etag: '"of-the-second-host"' },
      this.breakAfter?.(asked, nth) ?? null,
    );
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    bytes: Buffer,
    headers: Record<string, string>,
    breakAfter: number | null = null,
  ): Promise<void> {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(this.withoutRanges ? '' : (request.headers.range ?? '')) ?? [];
    const start = Number(from ?? 0);
    const last = Math.min(bytes.byteLength - 1, to ? Number(to) : Infinity);
    if (start > last) {
      end(response, 416, { 'content-range': `bytes */${bytes.byteLength}` });
      return;
    }
    const body = bytes.subarray(start, last + 1);
    response.writeHead(from === undefined ? 200 : 206, {
      ...headers,
      'content-length': String(body.byteLength),
      ...(this.withoutRanges ? {} : { 'accept-ranges': 'bytes' }),
      ...(from !== undefined && { 'content-range': `bytes ${start}-${last}/${bytes.byteLength}` }),
    });
    if (request.method === 'HEAD') return void response.end();
    const piece = 64 * 1024;
    for (let at = 0; at < body.byteLength; at += piece) {
      if (this.pause) await this.pause();
      if (response.destroyed) return;
      const until = Math.min(at + piece, body.byteLength);
      if (breakAfter !== null && until > breakAfter) {
        response.write(body.subarray(at, breakAfter), () => response.destroy());
        return;
      }
      if (!response.write(body.subarray(at, until))) {
        await drained(response);
      }
    }
    response.end();
  }
}

/** Bytes of a range that was asked for. */
export function lengthOf(range: string | undefined): number {
  const [, from = '0', to = '-1'] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return Number(to) - Number(from) + 1;
}

/** Or gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers);
  response.end();
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
