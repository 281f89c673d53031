// Chat templates that attack: programs of whoever made the file.
import { afterAll, expect, test } from 'vitest';
import { forkingHost } from '../../../electron/engine/base/backend/worker-host.ts';
import { ChatRenderer } from '../../../electron/engine/demos/chat-renderer.ts';
import type { RenderRequest } from '../../../electron/engine/demos/renderer-calls.ts';
import { failure } from '../selection/matrices.ts';

const PATIENCE_MS = 1000;
/** What processes take to start on a busy machine. */
const START_MS = 15_000;

const started: number[] = [];
const host = forkingHost((pid) => void started.push(pid));
const renderer = new ChatRenderer(() => host, PATIENCE_MS);
afterAll(() => renderer.close());

function by(source: string): RenderRequest {
  return {
    chat: { kind: 'chat', messages: [{ role: 'user', content: 'hello' }] },
    template: { source, bosToken: null, eosToken: null },
    forGeneration: false,
    date: new Date(0),
  };
}

const SOUND = by('{{ messages[0].content }}!');

const LOOP = (depth: number, body: string): string =>
  depth === 0 ? body : `{% for i${depth} in range(10000) %}${LOOP(depth - 1, body)}{% endfor %}`;

const DOUBLED = (times: number, first: string, join: string): string =>
  `{% set ns = namespace(t = ${first}) %}{% for i in range(${times}) %}{% set ns.t = ns.t ${join} ns.t %}{% endfor %}`;

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test.each([
  ['loops within loops', LOOP(6, 'x')],
  ['loops that write nothing', LOOP(6, ' ')],
  [
    'a macro that calls itself twice',
    '{% macro fib(n) %}{% if n < 2 %}1{% else %}{{ fib(n - 1) }}{{ fib(n - 2) }}{% endif %}{% endmacro %}{{ fib(60) }}',
  ],
  // these two end the process that runs them, whatever the thread
  ['a list of a thousand million numbers', '{% for i in range(1000000000) %}{% endfor %}'],
  ['a text in a hundred million parts', `${DOUBLED(26, "'ab'", '+')}{{ ns.t.split('a') | length }}`],
  ['a text that doubles', `${DOUBLED(64, "'xxxxxxxx'", '~')}{{ ns.t }}`],
  ['a list that doubles', `${DOUBLED(64, '[1]', '+')}{{ ns.t | length }}`],
  ['a text that is longer than any demo', `${DOUBLED(26, "'x'", '+')}{{ ns.t }}`],
])('%s is given up, and sound templates go on', { timeout: 4 * START_MS }, async (_, source) => {
  await expect(renderer.render(by(source))).rejects.toThrow(failure('DEMO_FORMAT'));
  expect(await renderer.render(SOUND)).toEqual({ text: 'hello!' });
});

test('a template that came to no end is not tried again', { timeout: 4 * START_MS }, async () => {
  const hostile = by(LOOP(6, 'y'));
  await expect(renderer.render(hostile)).rejects.toThrow(failure('DEMO_FORMAT', 'does not finish'));
  const before = started.length;
  for (let demo = 0; demo < 20; demo++) {
    await expect(renderer.render(hostile)).rejects.toThrow(failure('DEMO_FORMAT', 'does not finish'));
  }
  expect(started).toHaveLength(before);
});

test('meanwhile its caller goes on, and ends it at once', { timeout: 4 * START_MS }, async () => {
  const patient = new ChatRenderer(() => host, 10 * START_MS);
  await patient.render(SOUND);
  const pid = started.at(-1)!;
  const stop = new AbortController();
  const hostile = expect(patient.render(by(LOOP(6, 'z')), stop.signal)).rejects.toThrow('enough');
  let turns = 0;
  const counting = setInterval(() => turns++, 10);
  await new Promise((done) => setTimeout(done, 500));
  clearInterval(counting);
  expect(turns).toBeGreaterThan(5);
  stop.abort(new Error('enough'));
  await hostile;
  await expect.poll(() => isGone(pid), { timeout: 2000 }).toBe(true);
  // the template was not found guilty, and sound ones go on
  expect(await patient.render(SOUND)).toEqual({ text: 'hello!' });
  patient.close();
  await expect.poll(() => isGone(started.at(-1)!), { timeout: 2000 }).toBe(true);
});
