// `contextBridge`: what crosses between preload script and page is copied; functions become proxies, promises follow
// each other, errors keep their message, class instances lose their class, symbols are dropped.
import type { ContextBridge } from 'electron';

const MAX_DEPTH = 1000;
/** Shared by all values of one crossing: what occurs twice stays one. */
type Copies = Map<object, unknown>;

export const contextBridge = {
  exposeInMainWorld(apiKey: string, api: unknown): void {
    if (apiKey in window) {
      throw new Error('Cannot bind an API on top of an existing property on the window object');
    }
    Object.defineProperty(window, apiKey, { value: deepFreeze(copyAcross(api)), enumerable: true });
  },
};

contextBridge satisfies Pick<ContextBridge, 'exposeInMainWorld'>;

function copyAcross(value: unknown, copies: Copies = new Map(), depth = 0): unknown {
  if (depth >= MAX_DEPTH) throw new TypeError('Electron contextBridge recursion depth exceeded.');
  if (typeof value === 'symbol') return undefined;
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return value;
  if (copies.has(value)) return copies.get(value);
  const keep = <T>(copy: T): T => {
    copies.set(value, copy);
    return copy;
  };
  if (typeof value === 'function') return keep(proxyOf(value as (...args: unknown[]) => unknown));
  if (value instanceof Promise) return keep(follow(value));
  if (value instanceof Error) return keep(new Error(value.message));
  if (value instanceof Blob || value instanceof Element) return value;
  if (Array.isArray(value)) return fill(keep([]), value, copies, depth);
  if (isPlain(value)) return fill(keep({}), value, copies, depth);
  return keep(cloneAcross(value));
}

function proxyOf(original: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  return (...args) => {
    const copies: Copies = new Map();
    let result: unknown;
    try {
      result = original(...args.map((arg) => copyAcross(arg, copies)));
    } catch (error) {
      throw new Error(messageOf(error));
    }
    return copyAcross(result, copies);
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function follow(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => copyAcross(value),
    (error: unknown) => {
      throw error instanceof Error ? new Error(error.message) : copyAcross(error);
    },
  );
}

function fill(target: object, source: object, copies: Copies, depth: number): object {
  for (const key of Object.keys(source)) {
    const item: unknown = Reflect.get(source, key);
    if (typeof item !== 'symbol') Reflect.set(target, key, copyAcross(item, copies, depth + 1));
  }
  return target;
}

/** Objects that are not copied key by key. */
const EXOTIC = [ArrayBuffer, Boolean, Date, Map, Number, RegExp, Set, String, WeakMap, WeakSet] as const;

/** Instances of the app's classes count as plain. */
function isPlain(value: object): boolean {
  return !ArrayBuffer.isView(value) && !EXOTIC.some((type) => value instanceof type);
}

function cloneAcross(value: object): unknown {
  try {
    return structuredClone(value);
  } catch {
    throw new Error('An object could not be cloned.');
  }
}

function deepFreeze(value: unknown): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
  if (Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const key of Object.getOwnPropertyNames(value)) deepFreeze(Reflect.get(value, key));
  return value;
}
