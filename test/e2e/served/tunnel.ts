// The way from another computer: what SSH's port forwarding does, with an end that can be cut.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Tunnel = {
  /** The served address as the other computer opens it. */
  readonly through: (address: string) => string;
  /** Ends all connections, and takes no new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
};

/** @param origin of the server */
export async function openTunnel(origin: string): Promise<Tunnel> {
  const target = new URL(origin);
  const ends = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const end of [near, far]) {
      ends.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => {
        ends.delete(end);
        for (const other of [near, far]) other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  const listen = (port: number): Promise<void> => new Promise((done) => server.listen(port, '127.0.0.1', done));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    through: (address) => {
      const url = new URL(address);
      url.port = String(port);
      return url.href;
    },
    cut: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const end of ends) end.destroy();
      }),
    mend: () => listen(port),
  };
}
