// `protocol`: custom schemes. The app's own handlers answer the browser's requests, headers included.
import type { CustomScheme, Protocol } from 'electron';
import { schemeOf } from '../app-address.ts';
import type { MainCalls, SchemeAnswer } from '../protocol.ts';
import { host } from './host.ts';
import { isReady, requireReady } from './readiness.ts';

type Handler = (request: Request) => Response | Promise<Response>;

const privileged = new Map<string, CustomScheme['privileges']>();
const handlers = new Map<string, Handler>();
let registered = false;

export const protocol = {
  registerSchemesAsPrivileged(schemes: CustomScheme[]): void {
    if (isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    if (registered) throw new Error('protocol.registerSchemesAsPrivileged can be called only once');
    registered = true;
    for (const { scheme, privileges } of schemes) privileged.set(scheme, privileges);
  },

  handle(scheme: string, handler: Handler): void {
    requireReady('Cannot handle a scheme');
    if (handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`);
    handlers.set(scheme, handler);
  },
};

protocol satisfies Pick<Protocol, 'registerSchemesAsPrivileged'> & {
  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>): ReturnType<Protocol['handle']>;
};

async function answer(request: Parameters<MainCalls['schemeRequest']>[0]): Promise<SchemeAnswer> {
  const scheme = schemeOf(request.url);
  const handler = handlers.get(scheme);
  if (!handler) return { kind: 'failed' };
  requireStandard(scheme);
  try {
    const { url, method, headers, body } = request;
    const response = await handler(new Request(url, { method, headers, ...(body && { body: new Uint8Array(body) }) }));
    if (response.type === 'error') return { kind: 'failed' };
    return {
      kind: 'response',
      status: response.status,
      headers: [...response.headers],
      body: new Uint8Array(await response.arrayBuffer()),
    };
  } catch (error) {
    console.error(`Error occurred in handler for the scheme ${scheme}:`, error);
    return { kind: 'failed' };
  }
}

/** Behind its https origin any page would work; in Electron only that of a scheme with these privileges does. */
function requireStandard(scheme: string): void {
  const { standard = false, secure = false } = privileged.get(scheme) ?? {};
  if (standard && secure) return;
  const text = `Register the scheme ${scheme} with the privileges standard and secure: relative addresses need them.`;
  host.post('problem', { text });
  throw new Error(text);
}

host.serve({ schemeRequest: answer });
