// Every request of the app's pages: answered by the app's own protocol handlers, or refused. Nothing leaves the machine.
import type { BrowserContext, Frame, Request, Route } from 'playwright-core';
import { schemeOf, toAppAddress } from '../app-address.ts';
import type { Peer } from '../peer.ts';
import type { HostCalls, MainCalls } from '../protocol.ts';
import type { WindowPage } from './window-page.ts';

type Router = {
  readonly main: Peer<HostCalls, MainCalls>;
  readonly window: () => WindowPage | null;
  readonly log: (line: string) => void;
};

export async function routeRequests(context: BrowserContext, router: Router): Promise<void> {
  await context.route('**/*', async (route) => {
    // the app or the page may end while a request is under way
    await answer(route, router).catch(() => route.abort('failed').catch(() => undefined));
  });
}

async function answer(route: Route, router: Router): Promise<void> {
  const request = route.request();
  const url = toAppAddress(request.url());
  if (request.isNavigationRequest() && !(await mayNavigate(request, url, router))) {
    await route.abort('aborted');
  } else if (await router.main.call('requestCancelled', { url })) {
    router.log(`main cancelled a request to ${url}`);
    await route.abort('blockedbyclient');
  } else if (/^(https?|wss?)$/.test(schemeOf(url))) {
    router.log(`refused a request to ${url}: no page of the app may reach the network`);
    await route.abort('blockedbyclient');
  } else {
    await serve(route, url, router);
  }
}

async function serve(route: Route, url: string, { main }: Router): Promise<void> {
  const request = route.request();
  const posted = request.postDataBuffer();
  const { status, headers, body } = await main.call('schemeRequest', {
    url,
    method: request.method(),
    headers: Object.entries(request.headers()).map(([name, value]) => [name, toAppAddress(value)]),
    body: posted && new Uint8Array(posted),
  });
  await route.fulfill({ status, headers: Object.fromEntries(headers), body: Buffer.from(body) });
}

/** Asks the app about navigations that a page or a frame within it begins; those of main go on, and windows never open. */
async function mayNavigate(request: Request, url: string, { main, window, log }: Router): Promise<boolean> {
  const frame = frameOf(request);
  const own = window();
  if (!own || frame?.page() !== own.page) {
    log(`a window to ${url} was not opened`);
    return false;
  }
  const isMainFrame = frame.parentFrame() === null;
  if (isMainFrame) {
    const expected = withoutHash(own.expectedUrl ?? '') === withoutHash(request.url());
    own.expectedUrl = null;
    // Electron does not ask about reloads that come from outside the page; the two cannot be told apart here
    if (expected || withoutHash(frame.url()) === withoutHash(request.url())) return true;
  }
  return !(await main.call('navigationRequested', { url, isMainFrame }));
}

/** @returns null for the first request of a window that a page is opening */
function frameOf(request: Request): Frame | null {
  try {
    return request.frame();
  } catch {
    return null;
  }
}

function withoutHash(url: string): string {
  return url.replace(/#.*$/, '');
}
