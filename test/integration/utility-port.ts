// Loaded before a worker's script: gives a forked child the port of Electron's utility processes instead of Node's.
const send = process.send?.bind(process);

const parentPort = {
  postMessage: (message: unknown): void => void send?.(message),
  on: (_event: 'message', listener: (event: { readonly data: unknown }) => void): void => {
    process.on('message', (data: unknown) => listener({ data }));
  },
};

delete process.send;
Object.assign(process, { parentPort });
