// `contextBridge`: what crosses between preload script and page is copied; functions become proxies, promises follow
// each other, and of an error its message remains.

export const contextBridge = {
  exposeInMainWorld(apiKey: string, api: object): void {
    Object.defineProperty(window, apiKey, { value: Object.freeze(copyAcross(api)), enumerable: true });
  },
};

function copyAcross(value: unknown): unknown {
  if (typeof value === 'function') return proxyOf(value as (...args: unknown[]) => unknown);
  if (typeof value !== 'object' || value === null || value instanceof Blob) return value;
  if (value instanceof Promise) return value.then(copyAcross, (error: unknown) => Promise.reject(messageOnly(error)));
  if (value instanceof Error) return messageOnly(value);
  if (Array.isArray(value)) return value.map(copyAcross);
  // instances of the app's classes count as plain objects
  if (Object.prototype.toString.call(value) === '[object Object]')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyAcross(item)]));
  return structuredClone(value);
}

function proxyOf(original: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  return (...args) => {
    try {
      return copyAcross(original(...args.map(copyAcross)));
    } catch (error) {
      throw messageOnly(error);
    }
  };
}

function messageOnly(error: unknown): Error {
  return new Error(error instanceof Error ? error.message : String(error));
}
