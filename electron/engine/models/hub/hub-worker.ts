// Entry of a hub worker: the process that talks to the model hub. The downloader cannot be stopped at any point, and ignores some
// disk errors; a process of its own can be ended, and catches these errors.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { answerCalls } from '../../base/backend/answer-calls.ts';
import { watchParent } from '../../base/backend/parent-port.ts';
import { download, find, look, readHead } from './hub-files.ts';
import { methods } from './protocol.ts';

watchParent();

const strays = new Set<(error: unknown) => void>();
process.on('unhandledRejection', (error) => {
  for (const listener of strays) listener(error);
});

answerCalls(methods, {
  find: ({ address, folder }) => find(address, folder),
  look: ({ address, folder }) => look(address, folder),
  readHead: async ({ file, address, path }) => {
    await readHead(file, address, path);
    return null;
  },
  download: async ({ address, ...what }, { signal, onProgress }) => {
    const onStray = (listener: (error: unknown) => void): Disposable => {
      strays.add(listener);
      return { [Symbol.dispose]: () => void strays.delete(listener) };
    };
    await download(what, { address, signal, onProgress, onStray });
    return null;
  },
  hash: async ({ path }, { signal, onProgress }) => {
    const { size } = await stat(path);
    const hash = createHash('sha256');
    let done = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
      hash.update(chunk as Buffer);
      onProgress((done += (chunk as Buffer).byteLength), size);
    }
    return hash.digest('hex');
  },
});
