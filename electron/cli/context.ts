// What every command gets: where to print, and the engine, which opens its database only when a command needs it.
import type { Engine } from '../engine/app/engine.ts';
import type { Output } from './output.ts';

export type Context = {
  readonly output: Output;
  readonly engine: Engine;
  /** Raised by Ctrl+C. */
  readonly signal: AbortSignal;
};
