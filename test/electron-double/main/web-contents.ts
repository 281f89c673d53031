// `webContents`: main's side of one page.
import { EventEmitter } from 'node:events';
import type { HandlerDetails, WebContents as RealContents, WindowOpenHandlerResponse } from 'electron';
import { originOf } from '../app-address.ts';
import { cloneToText } from '../clone-text.ts';
import type { ToPage } from '../page-messages.ts';
import { host } from './host.ts';
import { PreventableEvent } from './preventable-event.ts';
import { defaultSession } from './session.ts';

/** `webFrameMain` of the only frame that has a preload. */
export class WebFrame {
  readonly parent = null;
  /** Not Electron's: where its page is. */
  url = '';

  get origin(): string {
    return originOf(this.url);
  }
}

class NavigationEvent extends PreventableEvent {
  readonly url: string;
  readonly isMainFrame: boolean;

  constructor(url: string, isMainFrame: boolean) {
    super();
    this.url = url;
    this.isMainFrame = isMainFrame;
  }
}

type ContentsEvents = {
  'will-frame-navigate': [NavigationEvent];
  'render-process-gone': [PreventableEvent, { readonly reason: 'crashed'; readonly exitCode: number }];
};

export class WebContents extends EventEmitter<ContentsEvents> {
  readonly id: number;
  readonly mainFrame = new WebFrame();
  #destroyed = false;
  #opened: Promise<void> = Promise.resolve();
  #webRtcPolicy = 'default';
  #openHandler: (details: HandlerDetails) => WindowOpenHandlerResponse = () => ({ action: 'allow' });

  constructor(id: number) {
    super();
    this.id = id;
  }

  send(channel: string, ...args: unknown[]): void {
    if (typeof channel !== 'string' || channel === '') throw new TypeError('Missing required channel argument');
    this.post(cloneToText({ kind: 'message', channel, args } satisfies ToPage));
  }

  setWindowOpenHandler(handler: (details: HandlerDetails) => WindowOpenHandlerResponse): void {
    this.#openHandler = handler;
  }

  setWebRTCIPHandlingPolicy(policy: Parameters<RealContents['setWebRTCIPHandlingPolicy']>[0]): void {
    this.#webRtcPolicy = policy;
  }

  // What follows is not Electron's: the window and the host speak to the page's main side through it.

  opened(opened: Promise<void>): void {
    this.#opened = opened;
  }

  async load(browserUrl: string, url: string): Promise<void> {
    await this.#opened;
    await host.call('setPermissions', { granted: defaultSession.grantedPermissions(this, originOf(url)) });
    // what is left of WebRTC then goes to the proxy, which tests do not have
    const webRtc = this.#webRtcPolicy !== 'disable_non_proxied_udp' || !defaultSession.isProxied;
    const failure = await host.call('loadUrl', { windowId: this.id, url: browserUrl, webRtc });
    if (failure !== null) throw new Error(`${failure} loading '${url}'`);
  }

  navigated(url: string): void {
    this.mainFrame.url = url;
  }

  mayNavigate(url: string, isMainFrame: boolean): boolean {
    const event = new NavigationEvent(url, isMainFrame);
    this.emit('will-frame-navigate', event);
    return !event.defaultPrevented;
  }

  windowOpenRequested(url: string): void {
    const details = { url, frameName: '', features: '', disposition: 'foreground-tab', referrer: NO_REFERRER } as const;
    if (this.#openHandler(details).action === 'deny') return;
    host.post('problem', { text: `The app let a page open a window (${url}); the double knows the app's own only.` });
  }

  crashed(): void {
    this.emit('render-process-gone', new PreventableEvent(), { reason: 'crashed', exitCode: 11 });
  }

  destroyed(): void {
    this.#destroyed = true;
  }

  /** @param text a cloned ToPage */
  post(text: string): void {
    if (!this.#destroyed) void this.#opened.then(() => host.post('postToPage', { windowId: this.id, text }));
  }
}

const NO_REFERRER = { url: '', policy: 'strict-origin-when-cross-origin' } as const;

type ContentsApi = Pick<RealContents, 'id' | 'send' | 'setWebRTCIPHandlingPolicy' | 'setWindowOpenHandler'>;
WebContents satisfies new (id: number) => ContentsApi;
