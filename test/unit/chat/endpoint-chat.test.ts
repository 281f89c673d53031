// What a chat makes of a server's stream.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { EndpointChat } from '../../../electron/engine/endpoints/endpoint-chat.ts';
import type { Endpoint } from '../../../electron/engine/endpoints/endpoint.ts';

/** A server that answers each request with these chunks. */
async function chatWith(...chunks: object[]): Promise<EndpointChat> {
  const lines = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${lines}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const facts = { url, apiKey: 'key', contextSize: 512, memoryBytes: 1, hasTemplate: true };
  return new EndpointChat({ facts, ended: new Promise(() => {}) } as unknown as Endpoint);
}

const delta = (part: object, finish_reason?: string) => ({ choices: [{ delta: part, finish_reason }] });

test('thoughts and the answer come apart, and figures are the server’s', async () => {
  const timings = { prompt_n: 7, prompt_per_second: 70, predicted_n: 3, predicted_per_second: 30 };
  const chat = await chatWith(
    delta({ reasoning_content: 'two and two' }),
    delta({ content: 'fo' }),
    delta({ content: 'ur' }, 'length'),
    { timings },
  );
  const said = { thought: '', answer: '' };
  const options = { maxTokens: 8, temperature: 0, seed: 1 };
  const turn = await chat.send('2 + 2?', { ...options, onText: (text, part) => (said[part] += text) });
  expect(said).toEqual({ thought: 'two and two', answer: 'four' });
  expect(turn).toMatchObject({ tokens: 3, tokensPerSecond: 30, promptTokens: 7, stop: 'length' });
});

test('what the server refuses is said in its words', async () => {
  const chat = await chatWith({ error: { message: 'no room for it' } });
  const sent = chat.send('2 + 2?', { maxTokens: 8, temperature: 0, seed: 1 });
  await expect(sent).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('no room for it') as string,
  });
});
