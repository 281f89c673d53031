// Loaded with --import into utility processes: `process.parentPort`, as Electron gives it. Node's own channel to the
// parent is hidden, since Electron's utility processes have none.

type Listener = (event: { readonly data: unknown }) => void;

const send = process.send?.bind(process);
const heard = new Map<Listener, (data: unknown) => void>();

const parentPort = {
  on: (_event: 'message', listener: Listener): void => {
    const hear = (data: unknown): void => listener({ data });
    heard.set(listener, hear);
    process.on('message', hear);
  },
  off: (_event: 'message', listener: Listener): void => {
    process.off('message', heard.get(listener) ?? (() => {}));
  },
  postMessage: (message: object): void => void send?.(message),
};

Object.defineProperty(process, 'parentPort', { value: parentPort, enumerable: true });
Reflect.deleteProperty(process, 'send');
// the app's end is this process's
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
