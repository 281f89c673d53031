// The world of a sandboxed preload script: `require` for the few modules that the sandbox has, a `process` of a few
// facts, and a `window` of its own. What the script sets there stays there, as in Electron's isolated world.

/** A preload script, wrapped by the host in a function with the names that it may use. */
export type Preload = (
  require: (name: string) => unknown,
  module: { exports: unknown },
  exports: unknown,
  process: object,
  window: object,
  self: object,
  // oxlint-disable-next-line no-shadow-restricted-names -- the preload script's own world
  globalThis: object,
) => void;

type Facts = { readonly platform: string; readonly arch: string; readonly electron: string };

export function runPreload(preload: Preload, electron: object, { platform, arch, electron: version }: Facts): void {
  const require = (name: string): unknown => {
    if (name === 'electron' || name === 'electron/renderer') return electron;
    throw new Error(`module not found: ${name}`);
  };
  const process = {
    type: 'renderer',
    sandboxed: true,
    contextIsolated: true,
    platform,
    arch,
    versions: Object.freeze({ electron: version }),
  };
  const module = { exports: {} };
  const world = ownWindow();
  try {
    preload.call(module.exports, require, module, module.exports, process, world, world, world);
  } catch (error) {
    console.error('Unable to load preload script:', error);
  }
}

/** The page's window to look at; what it does not have is set beside it. */
function ownWindow(): object {
  const own = new Map<PropertyKey, unknown>();
  return new Proxy(window, {
    get: (target, key) => {
      if (own.has(key)) return own.get(key);
      const value: unknown = Reflect.get(target, key);
      // the window's methods want the window; its classes have members of their own
      const isMethod = typeof value === 'function' && !('prototype' in value);
      return isMethod ? (value as () => unknown).bind(target) : value;
    },
    set: (target, key, value: unknown) => {
      if (key in target) return Reflect.set(target, key, value);
      own.set(key, value);
      return true;
    },
    has: (target, key) => own.has(key) || key in target,
    deleteProperty: (_target, key) => own.delete(key) || true,
    defineProperty: (_target, key, { value }: PropertyDescriptor) => {
      own.set(key, value);
      return true;
    },
  });
}
