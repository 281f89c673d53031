// Every request of the app's pages: answered by the app's own protocol handlers, or refused. Nothing leaves the machine.
import type { BrowserContext, Frame, Request, Route } from 'playwright-core';
import { schemeOf, toAppAddress } from '../app-address.ts';
import type { Peer } from '../peer.ts';
import type { HostCalls, MainCalls } from '../protocol.ts';
import type { WindowPage } from './window-page.ts';

type Router = {
  readonly main: Peer<HostCalls, MainCalls>;
  readonly windows: ReadonlyMap<number, WindowPage>;
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
  const body = request.postDataBuffer();
  const result = await main.call('schemeRequest', {
    url,
    method: request.method(),
    headers: Object.entries(request.headers()).map(([name, value]) => [name, toAppAddress(value)]),
    body: body && new Uint8Array(body),
  });
  if (result.kind === 'failed') await route.abort('failed');
  else {
    const headers = Object.fromEntries(result.headers);
    await route.fulfill({ status: result.status, headers, body: Buffer.from(result.body) });
  }
}

/** Asks the app about navigations that a page begins; those of main and of frames within the page go on. */
async function mayNavigate(request: Request, url: string, { main, windows }: Omit<Router, 'log'>): Promise<boolean> {
  const frame = frameOf(request);
  if (frame === null) {
    main.post('windowRequested', { url });
    return false;
  }
  const window = [...windows.values()].find(({ page }) => page.mainFrame() === frame);
  if (!window) return mayFrameNavigate(frame, url, { main, windows });
  const expected = withoutHash(window.expectedUrl ?? '') === withoutHash(request.url());
  window.expectedUrl = null;
  // Electron does not ask about reloads that come from outside the page; the two cannot be told apart here
  const reload = withoutHash(frame.url()) === withoutHash(request.url());
  return (
    expected || reload || !(await main.call('navigationRequested', { windowId: window.id, url, isMainFrame: true }))
  );
}

/** Whether a frame may navigate. For frames within a page, main is asked by another event. */
async function mayFrameNavigate(frame: Frame, url: string, { main, windows }: Omit<Router, 'log'>): Promise<boolean> {
  const window = [...windows.values()].find(({ page }) => page === frame.page());
  if (!window || frame.parentFrame() === null) return false;
  return !(await main.call('navigationRequested', { windowId: window.id, url, isMainFrame: false }));
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
