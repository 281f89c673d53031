// Main's end of the pipe to the host. Taken from `process` before main runs: Electron's main has no parent to talk to.
import { Peer } from '../peer.ts';
import { type HostCalls, type MainCalls, OPTIONS_VARIABLE, type StartOptions } from '../protocol.ts';

function takeOptions(): StartOptions {
  const text = process.env[OPTIONS_VARIABLE];
  if (text === undefined) throw new Error('The double of Electron was not started by its host (host/double-app.ts).');
  Reflect.deleteProperty(process.env, OPTIONS_VARIABLE);
  return JSON.parse(text) as StartOptions;
}

function connect(): Peer<MainCalls, HostCalls> {
  const send = process.send?.bind(process);
  if (!send) throw new Error('The double of Electron needs a channel to its host.');
  Reflect.deleteProperty(process, 'send');
  // no browser, no app
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  return new Peer<MainCalls, HostCalls>({
    send: (message) => void send(message),
    onMessage: (listener) => void process.on('message', listener),
  });
}

export const startOptions = takeOptions();
export const host = connect();

/** An event that a listener may prevent. */
export class PreventableEvent {
  defaultPrevented = false;

  preventDefault(): void {
    this.defaultPrevented = true;
  }
}
