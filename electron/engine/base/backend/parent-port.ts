// The process that started this one, a worker or the engine itself: the channel to it, for which Electron's utility process and Node's
// forked child have different APIs, and a watch that ends this process when it is gone.
import type { Channel } from '../../../contract/channel.ts';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

type ParentPort = Channel & {
  /** Called when the other side is gone. Electron ends a utility process by itself then, and calls no listener. */
  onClose(listener: () => void): void;
};

/** What Electron adds to `process` in a utility process. */
type UtilityPort = {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void;
  off(event: 'message', listener: (event: { readonly data: unknown }) => void): void;
};

/** @throws if there is no parent to speak to: the script was started by hand */
export function parentPort(): ParentPort {
  const { parentPort: utilityPort } = process as { readonly parentPort?: UtilityPort };
  if (utilityPort) return fromUtilityPort(utilityPort);
  if (process.send) return fromIpc();
  throw new Error(`${process.argv[1] ?? 'This script'} is a part of Winnow that only Winnow itself can start.`);
}

function fromUtilityPort(port: UtilityPort): ParentPort {
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => {
      const unwrap = ({ data }: { readonly data: unknown }): void => listener(data);
      port.on('message', unwrap);
      return () => port.off('message', unwrap);
    },
    onClose: () => {},
  };
}

function fromIpc(): ParentPort {
  return {
    // a message that can no longer be delivered is followed by onClose
    post: (message) => process.send?.(message, undefined, undefined, () => {}),
    onMessage: (listener) => {
      process.on('message', listener);
      return () => process.off('message', listener);
    },
    onClose: (listener) => process.on('disconnect', listener),
  };
}

/**
 * Ignores Ctrl+C in a terminal, and Ctrl+Break on Windows. They reach all processes there: the one that was started by hand
 * decides what is cancelled.
 */
export function leaveTerminalToHost(): void {
  for (const signal of ['SIGINT', 'SIGBREAK']) process.on(signal, () => {});
}

type WatchOptions = {
  /** How long the process may take to end by itself once its parent is gone. */
  readonly graceMs?: number;
  /** The most that it may hold in RAM. */
  readonly memoryMiB?: number;
};

/**
 * Each process that another Winnow process starts calls this first. A thread with an event loop of its own watches: the
 * process's own loop gets no events while it computes. Some platforms could report this (Linux signals a parent's death, but
 * of the thread that forked), but none without native code, which not every worker loads.
 */
export function watchParent({ graceMs = 0, memoryMiB = Infinity }: WatchOptions = {}): void {
  const { url } = import.meta;
  // TypeScript in a checkout, JavaScript in the built app
  const watching = new Worker(new URL(`./watching-thread${extname(url)}`, url), {
    workerData: { parent: process.ppid, graceMs, memoryMiB },
    // without the options that tell the process itself what to load
    execArgv: [],
  });
  watching.unref();
}
