// Which tokens of a demo are of an answer, against labels by hand. Tokens are characters here.
import { expect, test } from 'vitest';
import type { ChatMessage, DemoContent } from '../../../electron/contract/demo.ts';
import type { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { answerTokens } from '../../../electron/engine/demos/answer-tokens.ts';
import type { ChatTemplate } from '../../../electron/engine/demos/template-messages.ts';
import { renderDemo } from '../../../electron/engine/demos/chat-renderer.ts';
import { hostHere, RENDERER_HERE } from './renderer-here.ts';

const RUNNING = { host: hostHere, ended: new Promise(() => {}) };
const BACKEND = {
  ...RUNNING,
  call: (_method: string, { tokens }: { tokens: Int32Array }) => {
    const pieces = Array.from(tokens, (token) => Buffer.from(String.fromCodePoint(token)));
    let end = 0;
    return Promise.resolve({
      bytes: Uint8Array.from(Buffer.concat(pieces)),
      ends: Int32Array.from(pieces, (piece) => (end += piece.length)),
    });
  },
} as unknown as Backend;

/** As Qwen3 and others write: tools in front, reasoning before the last answer alone, calls as JSON. */
const SOURCE =
  '{% if tools %}[tools]{% for tool in tools %}{{ tool | tojson }}{% endfor %}[/tools]\n{% endif %}' +
  '{% for m in messages %}<|{{ m.role }}|>\n' +
  '{% if m.reasoning_content and loop.last %}<think>\n{{ m.reasoning_content | trim }}\n</think>\n\n{% endif %}' +
  "{{ m.content.split('</think>')[-1].lstrip('\n') }}" +
  '{% for call in m.tool_calls or [] %}<tool_call>\n{{ \'{\' }}"name": {{ call.function.name | tojson }}, "arguments": ' +
  "{{ call.function.arguments | tojson }}{{ '}' }}\n</tool_call>{% endfor %}<|end|>\n{% endfor %}";
const TEMPLATE: ChatTemplate = { source: SOURCE, bosToken: '<s>', eosToken: '<|end|>' };

const tokensOf = (text: string): Int32Array => Int32Array.from(text, (char) => char.codePointAt(0)!);

async function labelled(content: DemoContent, text: string, template = TEMPLATE): Promise<string> {
  const { answers, isTold } = await answerTokens(content, tokensOf(text), template, BACKEND);
  expect(isTold).toBe(true);
  return Array.from(answers, (isAnswer) => (isAnswer === 1 ? 'a' : '.')).join('');
}

/** Answers stand in lists of their own. */
function byHand(parts: readonly (string | readonly [string])[]): { text: string; labels: string } {
  const text = parts.map((part) => (typeof part === 'string' ? part : part[0])).join('');
  const labels = parts
    .map((part) => (typeof part === 'string' ? '.'.repeat(part.length) : 'a'.repeat(part[0].length)))
    .join('');
  return { text, labels };
}

const user = (content: string): ChatMessage => ({ role: 'user', content });

test('of a chat with reasoning and tools', async () => {
  const tools = [
    { type: 'function', function: { name: 'sum', description: 'Adds up.', parameters: { type: 'object' } } },
  ];
  const content: DemoContent = {
    kind: 'chat',
    tools,
    messages: [
      { role: 'system', content: 'Be brief.' },
      user('user  '),
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ type: 'function', function: { name: 'sum', arguments: '{"of": [2, 3], "as": "text"}' } }],
      },
      { role: 'tool', content: '5' },
      { role: 'assistant', content: 'It is 5.', reasoning_content: ' 2 and 3 … \n' },
    ],
  };
  const { text, labels } = byHand([
    '[tools]',
    '{"type": "function", "function": {"name": "sum", "description": "Adds up."',
    ', "parameters": {"type": "object"}}}[/tools]\n<|system|>\n',
    'Be brief.',
    // a message that reads like the template's own words, and white space around it
    '<|end|>\n<|user|>\n',
    'user',
    '  <|end|>\n<|assistant|>\n<tool_call>\n',
    ['{"name": "sum", "arguments": {"of": [2, 3], "as": "text"}}'],
    '\n</tool_call><|end|>\n<|tool|>\n',
    '5',
    '<|end|>\n<|assistant|>\n<think>\n',
    ['2 and 3 …'],
    '\n</think>\n\n',
    ['It is 5.'],
    '<|end|>\n',
  ]);
  expect((await renderDemo(content, TEMPLATE, RENDERER_HERE)).text).toBe(text);
  expect(await labelled(content, text)).toBe(labels);
  // a mark of the beginning that the tokenizer adds, and an end that is cut off
  expect(await labelled(content, `<s> ${text.slice(0, -20)}`)).toBe(`....${labels.slice(0, -20)}`);
});

test('of reasoning that stands in the answer, where the template cuts it off', async () => {
  const content: DemoContent = {
    kind: 'chat',
    messages: [user('Why?'), { role: 'assistant', content: '<think>\nHm.\n</think>\n\nSo.' }],
  };
  const { text } = await renderDemo(content, TEMPLATE, RENDERER_HERE);
  const { text: expected, labels } = byHand([
    '<|user|>\n',
    'Why?',
    '<|end|>\n<|assistant|>\n<think>\n',
    ['Hm.'],
    '\n</think>\n\n',
    ['So.'],
    '<|end|>\n',
  ]);
  expect(text).toBe(expected);
  expect(await labelled(content, text)).toBe(labels);
});

test('of tokens that came with the demo, by what they say', async () => {
  const content: DemoContent = {
    kind: 'chat',
    messages: [user('Why?'), { role: 'assistant', reasoning_content: 'Hm.', content: 'So.' }],
  };
  const { text, labels } = byHand(['# ', 'Why?', ' / ', ['Hm.'], ' / ', ['So.'], '!']);
  expect(await labelled(content, text)).toBe(labels);
});

test('a text is an answer but for its first token and what the tokenizer adds', async () => {
  const content: DemoContent = { kind: 'text', text: 'Once.' };
  expect(await labelled(content, '^Once.$')).toBe('.aaaaa.');
  expect(await labelled(content, 'Once.')).toBe('.aaaa');
});

test('where the tokens say something else, none are, and that is said', async () => {
  const content: DemoContent = { kind: 'chat', messages: [user('Why does it rain so much in Bergen?')] };
  const other = tokensOf(`something else altogether ${'x'.repeat(80)}`);
  const { answers, isTold } = await answerTokens(content, other, TEMPLATE, BACKEND);
  expect(isTold).toBe(false);
  expect(answers.includes(1)).toBe(false);
});

test('a token over a border is of the part that holds most of it', async () => {
  const content: DemoContent = { kind: 'chat', messages: [{ role: 'assistant', content: 'Why?' }] };
  const pieces = ['<|assistant|>\n', 'Why', '?<', '|end|>', '\n'];
  let end = 0;
  const backend = {
    ...RUNNING,
    call: () =>
      Promise.resolve({
        bytes: Buffer.from(pieces.join('')),
        ends: Int32Array.from(pieces, (piece) => (end += piece.length)),
      }),
  } as unknown as Backend;
  const { answers } = await answerTokens(content, new Int32Array(pieces.length), TEMPLATE, backend);
  expect([...answers]).toEqual([0, 1, 1, 0, 0]);
});
