// A model hub that lies.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Attack } from '../ground.ts';

/** What it answers, whatever it is asked. */
const LIES: Readonly<Record<string, (response: ServerResponse, path: string) => void>> = {
  'a redirect to a file of this machine': (response) =>
    void response.writeHead(302, { location: 'file:///etc/passwd', 'x-linked-size': '100' }).end(),
  'redirects without end': (response, path) => void response.writeHead(302, { location: `${path}x` }).end(),
  'a file of no length': (response) => void response.writeHead(200).end(),
  'a name that leads out of the folder': (response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ggufFile: { rfilename: '../../../outside.gguf' } })),
};

export const HUB: readonly Attack[] = [
  {
    name: 'a model hub that lies',
    promise: 'every lie is an error with the address in it, and nothing of it is kept, in Winnow’s folder or outside',
    async run({ home, folder, winnow }) {
      for (const [lie, answer] of Object.entries(LIES)) {
        const hub = createServer((request, response) => answer(response, request.url ?? '/'));
        hub.listen(0, '127.0.0.1');
        await once(hub, 'listening');
        const env = {
          HF_ENDPOINT: `http://127.0.0.1:${(hub.address() as AddressInfo).port}`,
          HF_TOKEN: 'secret',
          HF_HUB_OFFLINE: '',
        };
        for (const address of ['hf:some/one/model.gguf', 'hf:some/one:Q8_0']) {
          const ended = await winnow(['get', address, '--json'], { env });
          assert.equal(ended.code, 1, `${lie}: ${ended.stderr}`);
          assert.match(ended.stdout, /"code": ?"(HUB_|NOT_GGUF)/, lie);
          assert.ok(!ended.stdout.includes('secret') && !ended.stderr.includes('secret'), lie);
        }
        hub.closeAllConnections();
        hub.close();
        assert.ok(!existsSync(join(home, 'hub')) || readdirSync(join(home, 'hub')).length === 0, lie);
        for (const place of [folder, join(folder, '..'), home]) {
          assert.ok(!existsSync(join(place, 'outside.gguf')), lie);
        }
      }
    },
  },
];
