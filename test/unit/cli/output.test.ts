// What strangers' files may put on the terminal of who looks at them.
import { expect, test } from 'vitest';
import { Output } from '../../../electron/cli/output.ts';
import { WinnowError } from '../../../electron/contract/errors.ts';

/** Clears the screen, sets the window's title, rings, hides what follows, and turns the direction of writing. */
const HOSTILE = 'a\u001b[2J\u001b]0;title\u0007b\u009b8m\rc\u202egpj\u2066d\u007f';

function printed(print: (output: Output) => void, { isTTY = false, json = false } = {}): string {
  let text = '';
  const write = (piece: string): void => void (text += piece);
  print(new Output(json, { out: { write }, err: { write, isTTY } }));
  return text;
}

const ORDERS = /(?![\t\n\r])\p{Cc}|\r(?!\n)|[\u202e\u2066]/u;

test.each<[string, (output: Output) => void]>([
  ['a result', (output) => output.result({}, HOSTILE)],
  ['a note', (output) => output.note(HOSTILE)],
  ['a warning', (output) => output.warn(HOSTILE)],
  ['a step', (output) => output.step(HOSTILE)],
  ['an error', (output) => void output.error(new WinnowError('GGUF_CORRUPT', HOSTILE))],
  ['usage', (output) => output.write(HOSTILE)],
])('%s gives no orders to the terminal', (_, print) => {
  const text = printed(print);
  expect(text).toContain('a');
  expect(text).not.toMatch(ORDERS);
});

test('a step on a terminal begins its line anew, and says nothing else to it', () => {
  const text = printed((output) => output.step(HOSTILE), { isTTY: true });
  expect(text.startsWith('\r\u001b[Ka')).toBe(true);
  expect(text.slice(4)).not.toMatch(ORDERS);
});

test('lines, tabs and other writing stay', () => {
  const text = 'one\ttwo\r\n日本語 – é 👩‍💻\n';
  expect(printed((output) => output.result({}, text))).toBe(`${text}\n`);
});

test('a failure after the document goes to stderr: stdout has one document', () => {
  let [out, err] = ['', ''];
  const streams = {
    out: { write: (piece: string) => void (out += piece) },
    err: { write: (piece: string) => void (err += piece) },
  };
  const output = new Output(true, streams);
  output.result({ address: 'here' }, '');
  expect(output.error(new WinnowError('BACKEND_CRASHED', 'killed'))).toBe(1);
  expect(JSON.parse(out)).toEqual({ address: 'here' });
  expect(JSON.parse(err)).toMatchObject({ error: { code: 'BACKEND_CRASHED', message: 'killed' } });
});

test('a document holds everything, escaped', () => {
  const text = printed((output) => output.result({ name: HOSTILE }, ''), { json: true });
  expect(text).not.toContain('\u001b');
  expect(JSON.parse(text)).toEqual({ name: HOSTILE });
});
