import { describe, expect, it } from 'vitest';
import { inEnglish } from '../../../electron/contract/sentences.ts';
import { MAX_NESTING } from '../../../electron/engine/demos/limits.ts';
import { rowToContent, usefulColumns } from '../../../electron/engine/demos/normalise.ts';

const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
const system = (content: string) => ({ role: 'system', content });

function messagesOf(row: unknown): unknown {
  const result = rowToContent(row);
  if (!result.ok) throw new Error(inEnglish(result.reason));
  if (result.content.kind !== 'chat') throw new Error('not a chat');
  return result.content.messages;
}

function textOf(row: unknown): string {
  const result = rowToContent(row);
  if (!result.ok) throw new Error(inEnglish(result.reason));
  if (result.content.kind !== 'text') throw new Error('not a text');
  return result.content.text;
}

function leftOf(row: unknown): string[] {
  const result = rowToContent(row);
  if (!result.ok) throw new Error(inEnglish(result.reason));
  return (result.left ?? []).map(inEnglish);
}

function reasonOf(row: unknown): string {
  const result = rowToContent(row);
  if (result.ok) throw new Error(`accepted as ${result.content.kind}`);
  return inEnglish(result.reason);
}

describe('conversations', () => {
  it('reads OpenAI messages, joining text parts', () => {
    const parts = [
      { type: 'text', text: 'What is ' },
      { type: 'text', text: '2 + 2?', image_url: null },
    ];
    expect(messagesOf({ messages: [system('Be brief.'), { role: 'user', content: parts }, assistant('4')] })).toEqual([
      system('Be brief.'),
      user('What is 2 + 2?'),
      assistant('4'),
    ]);
  });

  it('keeps tool calls, tools and reasoning', () => {
    const call = { type: 'function', function: { name: 'add', arguments: '{"a":2}' } };
    const result = rowToContent({
      messages: [
        user('add'),
        { role: 'assistant', content: null, tool_calls: [call], reasoning_content: 'hm' },
        { role: 'tool', content: '4', tool_calls: null },
      ],
      tools: '[{"type":"function","function":{"name":"add"}}]',
    });
    expect(result).toEqual({
      ok: true,
      content: {
        kind: 'chat',
        messages: [
          user('add'),
          { role: 'assistant', content: '', tool_calls: [call], reasoning_content: 'hm' },
          { role: 'tool', content: '4' },
        ],
        tools: [{ type: 'function', function: { name: 'add' } }],
      },
    });
  });

  it.each([
    ['human', 'user'],
    ['gpt', 'assistant'],
    ['system', 'system'],
    ['tool', 'tool'],
    ['observation', 'tool'],
    ['function_call', 'assistant'],
    ['Developer', 'system'],
  ])('maps the ShareGPT role %s to %s', (from, role) => {
    expect(messagesOf({ conversations: [{ from, value: 'x' }] })).toEqual([{ role, content: 'x' }]);
  });

  it('reads role and content in a `conversation` column, and a system column beside it', () => {
    expect(messagesOf({ conversation: [user('a'), assistant('b')], system: 'S' })).toEqual([
      system('S'),
      user('a'),
      assistant('b'),
    ]);
  });

  it('reads messages that a cell holds as JSON text, and a struct of lists', () => {
    expect(messagesOf({ messages: JSON.stringify([user('a')]) })).toEqual([user('a')]);
    expect(messagesOf({ conversations: { from: ['human', 'gpt'], value: ['a', 'b'] } })).toEqual([
      user('a'),
      assistant('b'),
    ]);
  });

  it('takes a row that is itself a list of messages', () => {
    expect(messagesOf([user('a'), assistant('b')])).toEqual([user('a'), assistant('b')]);
  });

  it('names the message that cannot be used', () => {
    expect(reasonOf({ messages: [user('a'), { role: 'narrator', content: 'x' }] })).toMatch(
      /^messages, message 2: unknown role "narrator"/,
    );
    expect(reasonOf({ messages: [{ content: 'x' }] })).toBe('messages, message 1 has no role');
    expect(reasonOf({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'u' }] }] })).toBe(
      'messages, message 1: a content part of type "image_url"; only text can be used',
    );
    expect(reasonOf({ messages: [{ role: 'user', content: 7 }] })).toContain('the content is a number');
    expect(reasonOf({ messages: [{ role: 'constructor', content: 'x' }] })).toContain('unknown role "constructor"');
  });

  it('rejects a conversation without any text', () => {
    expect(reasonOf({ messages: [user(' '), assistant('')] })).toBe('the text is empty');
  });
});

describe('other notations', () => {
  const look = { name: 'look', arguments: '{}' };
  const calling = (extra: object) => ({ messages: [user('p'), { role: 'assistant', content: null, ...extra }] });
  const called = (call: object) => [user('p'), { ...assistant(''), tool_calls: [call] }];

  it.each([
    [
      'a call without a list',
      { tool_calls: { type: 'function', function: look } },
      { type: 'function', function: look },
    ],
    ['a call as text', { tool_calls: JSON.stringify(look) }, look],
    ['function_call', { function_call: look }, { type: 'function', function: look }],
  ])('%s', (_name, extra, call) => {
    expect(messagesOf(calling(extra))).toEqual(called(call));
    expect(leftOf(calling(extra))).toEqual([]);
  });

  it('reasoning', () => {
    const row = { messages: [user('p'), { ...assistant('a'), reasoning: 'r' }] };
    expect(messagesOf(row)).toEqual([user('p'), { ...assistant('a'), reasoning_content: 'r' }]);
    expect(leftOf(row)).toEqual([]);
  });

  it('a system text in parts, and functions as tools', () => {
    const row = {
      system: [{ type: 'text', text: 'Be brief.' }],
      functions: [look],
      messages: [user('p'), assistant('a')],
    };
    expect(messagesOf(row)).toEqual([system('Be brief.'), user('p'), assistant('a')]);
    expect(rowToContent(row)).toMatchObject({ content: { tools: [{ type: 'function', function: look }] } });
    expect(reasonOf({ ...row, system: { text: 'Be brief.' } })).toContain('column "system"');
  });
});

describe('what a row holds and its demo does not', () => {
  it.each([
    [
      { messages: [user('p'), { ...assistant('a'), images: ['b'], id: 'c', weight: 1 }] },
      ['"images" in their messages, which is not read'],
    ],
    [
      { messages: [user('p'), { ...assistant('a'), tool_calls: 'look()' }] },
      ['"tool_calls" in their messages, which is not read'],
    ],
    [
      { messages: [user('p'), { ...assistant('a'), reasoning: { effort: 'high' } }] },
      ['"reasoning" in their messages, which is not read'],
    ],
    [{ messages: [user('p'), assistant('')] }, ['an empty answer']],
    [{ prompt: 'p', response: ' ' }, ['an empty answer']],
    [{ prompt: 'p', tools: 'look', response: 'a' }, ['a column "tools" that cannot be read']],
    [{ question: 'p', answers: ['a', 'b'] }, ['several answers in "answers", of which the first was taken']],
    [
      { system: 'Be long.', messages: [system('Be brief.'), user('p'), assistant('a')] },
      ['a system text besides the one in their messages; the latter was taken'],
    ],
    [{ prompt: 'p', response: 'a', source: 'web' }, []],
    [{ messages: [user('p'), { ...assistant(''), tool_calls: [{ name: 'look' }] }] }, []],
  ])('%j', (row, expected) => {
    expect(leftOf(row)).toEqual(expected);
  });
});

describe('prompts and responses', () => {
  it.each(['response', 'completion', 'output', 'answer', 'chosen', 'solution'])('pairs prompt with %s', (name) => {
    expect(messagesOf({ prompt: 'p', [name]: 'r' })).toEqual([user('p'), assistant('r')]);
  });

  it.each([
    [{ question: 'q', answer: 'a' }],
    [{ question: 'q', answers: ['a', 'b'] }],
    [{ question: 'q', answers: { text: ['a'], answer_start: [3] } }],
    [{ problem: 'q', solution: 'a', answer: '7' }],
    [{ Question: 'q', ' Answer ': 'a' }],
    [{ input: 'q', output: 'a' }],
  ])('reads %j', (row) => {
    expect(messagesOf(row)).toEqual([user('q'), assistant('a')]);
  });

  it("takes a model's own answer before a reference answer beside it", () => {
    const own = { input: 'q', output: '14', prediction: [{ solution: '<think>7 and 7</think>14' }, { solution: 'b' }] };
    expect(rowToContent(own)).toEqual({
      ok: true,
      content: { kind: 'chat', messages: [user('q'), assistant('<think>7 and 7</think>14')] },
      tookOwnAnswer: true,
    });
    expect(rowToContent({ input: 'q', prediction: own.prediction })).not.toHaveProperty('tookOwnAnswer');
    for (const prediction of [0.7, 'positive', [], [{ label: 1 }], [{ solution: ' ' }]]) {
      expect(messagesOf({ input: 'q', output: '14', prediction })).toEqual([user('q'), assistant('14')]);
    }
  });

  it('marks an answer that was cut off', () => {
    expect(rowToContent({ prompt: 'p', response: 'r', cut_off: true })).toEqual({
      ok: true,
      content: { kind: 'chat', messages: [user('p'), assistant('r')], cutOff: true },
    });
    expect(rowToContent({ text: 't', cut_off: true })).toMatchObject({ content: { cutOff: true } });
    expect(rowToContent({ text: 't', cut_off: false })).toEqual({ ok: true, content: { kind: 'text', text: 't' } });
  });

  it('appends the Alpaca input after a blank line, when there is one', () => {
    expect(messagesOf({ instruction: 'Sum', input: '1 2', output: '3', system: 'S', text: 'all of it' })).toEqual([
      system('S'),
      user('Sum\n\n1 2'),
      assistant('3'),
    ]);
    expect(messagesOf({ instruction: 'Sum', input: '', output: '3' })).toEqual([user('Sum'), assistant('3')]);
    expect(messagesOf({ instruction: 'Sum', context: 'c', response: '3' })).toEqual([user('Sum\n\nc'), assistant('3')]);
  });

  it('takes prompt and completion as messages', () => {
    expect(messagesOf({ prompt: [system('S'), user('p')], completion: [assistant('r')] })).toEqual([
      system('S'),
      user('p'),
      assistant('r'),
    ]);
  });

  it('does not repeat a prompt that the chosen conversation holds already', () => {
    expect(messagesOf({ prompt: 'p', chosen: [user('p'), assistant('r')], rejected: [] })).toEqual([
      user('p'),
      assistant('r'),
    ]);
  });

  it('accepts a prompt alone, unless a text stands beside it', () => {
    expect(messagesOf({ prompt: 'p', response: null })).toEqual([user('p')]);
    expect(textOf({ prompt: 'p', text: 't' })).toBe('t');
  });

  it('rejects a response alone and values that are no text, naming the columns', () => {
    expect(reasonOf({ prompt: '', response: 'r' })).toMatch(
      /^no usable content in prompt \(empty\), response \(text\);/,
    );
    expect(reasonOf({ question: 'q', choices: ['x', 'y'], answer: 1 })).toBe(
      'column "answer" is a number, expected text or messages',
    );
    expect(reasonOf({ prompt: { a: 1 }, response: 'r' })).toBe(
      'column "prompt" is an object, expected text or messages',
    );
  });
});

describe('texts', () => {
  it.each(['text', 'content', 'document', 'code', 'body'])('reads column %s as it is, beside others', (name) => {
    expect(textOf({ source: 'book', [name]: '  x\r\n' })).toBe('  x\r\n');
  });

  it('takes a bare string', () => {
    expect(textOf('plain')).toBe('plain');
  });

  it('rejects empty text, half surrogates and rows that are neither object nor text', () => {
    expect(reasonOf('  \n')).toBe('the text is empty');
    expect(reasonOf({ text: '' })).toMatch(/^no usable content in text \(empty\)/);
    expect(reasonOf({ text: 'a\ud800b' })).toContain('surrogate');
    expect(reasonOf(7)).toBe('the row is a number, expected an object or a text');
    expect(reasonOf(null)).toContain('the row is empty');
  });

  it('names the columns found where none is known', () => {
    expect(reasonOf({ id: 1, label: 'x' })).toMatch(/^no known column \(found id, label\); expected messages, /);
    expect(reasonOf({})).toMatch(/^no known column \(found none\)/);
  });
});

describe('values of columnar readers', () => {
  it('makes vectors and 64-bit integers plain', () => {
    const vector = (items: unknown[]) => ({ toJSON: () => items });
    const row = { messages: vector([{ toJSON: () => user('a') }]), tools: vector([{ max: 5n, big: 2n ** 60n }]) };
    expect(rowToContent(row)).toEqual({
      ok: true,
      content: { kind: 'chat', messages: [user('a')], tools: [{ max: 5, big: '1152921504606846976' }] },
    });
  });

  it('rejects what is nested too deep, at any depth', () => {
    const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    expect(rowToContent({ text: 'x', tools: nested(MAX_NESTING) }).ok).toBe(true);
    expect(reasonOf({ text: 'x', tools: nested(MAX_NESTING + 1) })).toBe(`nested deeper than ${MAX_NESTING} levels`);
    expect(reasonOf({ text: nested(100_000) })).toBe(`nested deeper than ${MAX_NESTING} levels`);
  });

  it('says which columns are worth decoding', () => {
    expect(usefulColumns(['id', 'Text', 'image', 'context', 'tools'])).toEqual(['Text', 'context', 'tools']);
  });
});
