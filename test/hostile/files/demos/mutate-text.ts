// Damage to text files of demos that bytes alone would hardly ever make: encodings, nesting, formulas, odd names.
import type { Random } from '../../random.ts';

type TextMutation = (text: string, random: Random) => string | Buffer;

function nested(depth: number, inner: string): string {
  return '['.repeat(depth) + inner + ']'.repeat(depth);
}

const VALUES: readonly ((random: Random) => string)[] = [
  () => 'null',
  () => '1e999',
  () => '-0',
  () => '1'.repeat(400),
  () => '"\\ud800"',
  () => '"\\u0000"',
  () => '""',
  () => '{}',
  () => '[]',
  () => '{"__proto__":{"role":"user"}}',
  () => '"__proto__"',
  (random) => nested(random.pick([2, 50, 101, 1001, 20_000]), '1'),
  (random) => '{"a":'.repeat(random.pick([60, 101, 3000])) + '1' + '}'.repeat(60),
  (random) => JSON.stringify(nested(random.pick([50, 101, 20_000]), '{"role":"user","content":"x"}')),
  (random) =>
    JSON.stringify(`[{"role":"user","content":"x","tool_calls":${nested(random.pick([99, 101, 20_000]), '1')}}]`),
  (random) => JSON.stringify('x'.repeat(random.pick([1000, 100_000]))),
  () => '[{"role":"assistant","content":[{"type":"image_url"}]}]',
  (random) => `[{"role":${JSON.stringify('r'.repeat(random.pick([3, 50_000])))},"content":"x"}]`,
];

const NAMES = [
  'messages',
  'conversations',
  'prompt',
  'response',
  'text',
  'tools',
  'tool_calls',
  '__proto__',
  'constructor',
  'toString',
  'n'.repeat(50_000),
];

const MUTATIONS: readonly TextMutation[] = [
  function utf16(text, random) {
    const body = Buffer.from(text, 'utf16le');
    if (random.once(2)) body.swap16();
    const mark = random.pick([[], [0xff, 0xfe], [0xfe, 0xff]]);
    return Buffer.concat([Buffer.from(mark), body]);
  },
  function latin1(text) {
    return Buffer.from(text, 'latin1');
  },
  function byteOrderMarks(text, random) {
    return '\ufeff'.repeat(random.between(1, 3)) + text;
  },
  function brokenUtf8(text, random) {
    const bytes = Buffer.from(text);
    const at = random.below(bytes.length + 1);
    const piece = Buffer.from(
      random.pick([[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80]]),
    );
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  },
  function nul(text, random) {
    const at = random.below(text.length + 1);
    return `${text.slice(0, at)}\0${text.slice(at)}`;
  },
  function lineBreaks(text, random) {
    return text.replaceAll('\n', random.pick(['\r\n', '\r', '\n\n\n', '\u2028', '\n \t \n', '']));
  },
  function otherValue(text, random) {
    const values = [...text.matchAll(/"(?:[^"\\\n]|\\.)*"(?!\s*:)|\btrue\b|-?\d+/g)];
    if (values.length === 0) return text + random.pick(VALUES)(random);
    const { index, 0: old } = random.pick(values);
    return text.slice(0, index) + random.pick(VALUES)(random) + text.slice(index + old.length);
  },
  function otherName(text, random) {
    const names = [...text.matchAll(/"(\w+)"(?=\s*:)/g)];
    if (names.length === 0) return text;
    const { index, 0: old } = random.pick(names);
    return `${text.slice(0, index)}"${random.pick(NAMES)}"${text.slice(index + old.length)}`;
  },
  function moreColumns(text, random) {
    const separator = random.pick([',', ';', '\t', '|']);
    const names = Array.from({ length: random.pick([10, 1000, 30_000]) }, (_, i) => `c${i}`);
    return `${names.join(separator)}\n${text}`;
  },
  function quote(text, random) {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + random.pick(['"', '""', '"""', "'", '\\', '\\"']) + text.slice(at);
  },
  function formula(text, random) {
    const cell = random.pick(['=1+1', '+cmd|/C calc', '-2+3', '@SUM(A1)', '\t=1', '=IMPORTXML("http://x")', '%0A']);
    return text.replace(/[\w ]+/, cell);
  },
  function doubled(text, random) {
    return text.repeat(random.pick([2, 10]));
  },
  function brackets(text, random) {
    const piece = random.pick(['[', '{', ']', '}', ',', ':', '{"', '[[[[']).repeat(random.pick([1, 10, 10_000]));
    const at = random.pick([0, random.below(text.length + 1), text.length]);
    return text.slice(0, at) + piece + text.slice(at);
  },
  function empty(_text, random) {
    return random.pick(['', ' ', '\n', '\ufeff', '[]', '{}', 'null', '""', '\n\n\n', ',,,', '[null]', '[[]]', '[""]']);
  },
];

/** @returns the damaged text as bytes, and what was done */
export function mutateText(text: string, random: Random): { bytes: Buffer; how: string } {
  const names: string[] = [];
  let current: string | Buffer = text;
  for (let left = random.once(3) ? 2 : 1; left > 0; left--) {
    const mutation = random.pick(MUTATIONS);
    names.push(mutation.name);
    current = mutation(typeof current === 'string' ? current : current.toString('latin1'), random);
  }
  return { bytes: typeof current === 'string' ? Buffer.from(current) : current, how: names.join(', ') };
}
