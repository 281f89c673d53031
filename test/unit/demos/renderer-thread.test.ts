// Chat templates that attack: programs of whoever made the file.
import { expect, test } from 'vitest';
import { RendererThread, type RenderRequest } from '../../../electron/engine/demos/renderer-thread.ts';
import { failure } from '../selection/matrices.ts';

const PATIENCE_MS = 500;
/** What a thread takes to start on a busy machine, and to be given up. */
const START_MS = 15_000;

function by(source: string): RenderRequest {
  return {
    chat: { kind: 'chat', messages: [{ role: 'user', content: 'hello' }] },
    template: { source, bosToken: null, eosToken: null },
    forGeneration: false,
    date: new Date(0),
  };
}

const LOOP = (depth: number, body: string): string =>
  depth === 0 ? body : `{% for i${depth} in range(10000) %}${LOOP(depth - 1, body)}{% endfor %}`;

test.each([
  ['loops within loops', LOOP(6, 'x')],
  ['loops that write nothing', LOOP(6, '')],
  [
    'a macro that calls itself twice',
    '{% macro fib(n) %}{% if n < 2 %}1{% else %}{{ fib(n - 1) }}{{ fib(n - 2) }}{% endif %}{% endmacro %}{{ fib(60) }}',
  ],
  ['a list of a thousand million numbers', '{{ range(10**9) | length }}{{ range(1000000000) | length }}'],
  [
    'a text that doubles',
    `{% set ns = namespace(t = 'xxxxxxxx') %}{% for i in range(64) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ ns.t }}`,
  ],
  [
    'a list that doubles',
    '{% set ns = namespace(t = [1]) %}{% for i in range(64) %}{% set ns.t = ns.t + ns.t %}{% endfor %}{{ ns.t | length }}',
  ],
])('%s is given up, and sound templates go on', { timeout: 4 * START_MS }, (_, source) => {
  const renderer = new RendererThread(PATIENCE_MS);
  const sound = by('{{ messages[0].content }}!');
  expect(renderer.render(sound).text).toBe('hello!');
  expect(() => renderer.render(by(source))).toThrow(failure('DEMO_FORMAT'));
  const begin = performance.now();
  expect(renderer.render(sound).text).toBe('hello!');
  expect(performance.now() - begin).toBeLessThan(START_MS);
});

test('a template that came to no end is not tried again', { timeout: 4 * START_MS }, () => {
  const renderer = new RendererThread(PATIENCE_MS);
  // what its start may take would be waited for beside
  expect(renderer.render(by('started')).text).toBe('started');
  const hostile = by(LOOP(6, ''));
  expect(() => renderer.render(hostile)).toThrow(failure('DEMO_FORMAT', 'comes to no end'));
  const begin = performance.now();
  for (let demo = 0; demo < 20; demo++) {
    expect(() => renderer.render(hostile)).toThrow(failure('DEMO_FORMAT', 'comes to no end'));
  }
  expect(performance.now() - begin).toBeLessThan(10 * PATIENCE_MS);
});
