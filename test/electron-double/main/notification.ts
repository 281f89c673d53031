// `Notification`: shown ones are kept for tests to read and click.
import { EventEmitter } from 'node:events';
import type { Notification as RealNotification, NotificationConstructorOptions } from 'electron';
import type { ShownNotification } from '../protocol.ts';
import { host } from './host.ts';
import { PreventableEvent } from './preventable-event.ts';
import { requireReady } from './readiness.ts';

const shown: Notification[] = [];

export class Notification extends EventEmitter<{ click: [PreventableEvent] }> {
  readonly title: string;
  readonly body: string;

  constructor(options: NotificationConstructorOptions = {}) {
    super();
    requireReady('Cannot create Notification');
    this.title = options.title ?? '';
    this.body = options.body ?? '';
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    shown.push(this);
  }
}

Notification satisfies { isSupported(): boolean } & (new (
  options?: NotificationConstructorOptions,
) => Pick<RealNotification, 'show' | 'title' | 'body'>);

export function shownNotifications(): ShownNotification[] {
  return shown.map(({ title, body }) => ({ title, body }));
}

host.serve({
  clickNotification: ({ title }) => {
    const found = shown.findLast((notification) => notification.title === title);
    if (!found) throw new Error(`No notification with the title “${title}” has been shown.`);
    found.emit('click', new PreventableEvent());
  },
});
