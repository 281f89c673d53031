import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  finalAnswer,
  brokenParts,
  namedBreakage,
  fencedBlocks,
} from '../../../electron/engine/measure/generation/findings.ts';

const PLAIN = { tools: [] as string[], callsTool: false };
const WITH_TOOLS = { tools: ['get_weather', 'search'], callsTool: true };

const kinds = (text: string, { tools, callsTool } = PLAIN): string[] =>
  brokenParts(text, tools, callsTool).map(({ kind }) => kind);

describe('code blocks', () => {
  test.each([
    ['closed', 'Run this:\n```bash\nls\n```\nDone.'],
    ['longer fences hold shorter ones', '````md\n```js\nx\n```\n````'],
    ['tildes', '~~~\n```\n~~~'],
    ['in a list', '1. First:\n   ```py\n   x = 1\n   ```\n2. Then'],
    ['in a quote', '> ```\n> x\n> ```'],
    ['backticks within a line', 'Use ```x``` or `y`.'],
    ['Windows line ends', '```\r\nx\r\n```\r\n'],
  ])('%s', (_, text) => expect(kinds(text)).toEqual([]));

  test.each([
    ['open', 'Run this:\n```bash\nls -l'],
    ['closed by another sign', '```\nx\n~~~'],
    ['closed by fewer signs', '````\nx\n```'],
    ['opened again at the end', '```py\nx\n```\nand\n```'],
  ])('%s', (_, text) => expect(kinds(text)).toEqual(['fence']));

  test('what stands in them', () => {
    expect(fencedBlocks('a\n```JSON title\n{}\n```\n~~~\nx\ny')).toEqual([
      { language: 'json', content: '{}', closed: true },
      { language: '', content: 'x\ny', closed: false },
    ]);
  });
});

describe('JSON', () => {
  test.each([
    ['an object', '{"a": [1, 2, {"b": "}"}]}'],
    ['a list', '[{"a": 1}, {"a": 2}]'],
    ['with prose behind it', '{"a": 1}\n\nThis says that a is 1.'],
    ['one a line', '{"a": 1}\n{"a": 2}'],
    ['in a block', 'Here:\n```json\n{"a": "\\" {"}\n```'],
    ['a block of another language', '```json5\n{a: 1}\n```'],
    ['a citation', '[1] Smith, J.'],
    ['a link', '[text](https://example.org)'],
    ['an interval', '[1, 3) is half open.'],
    ['a placeholder', '{name} is filled in.'],
    ['a Python set', "{'a', 'b'}"],
    ['prose', 'The answer is {"a": 1'],
  ])('%s', (_, text) => expect(kinds(text)).toEqual([]));

  test.each([
    ['not closed', '{"a": [1, 2'],
    ['a comma too many', '{"a": 1,}'],
    ['not closed in a string', '["a", "b'],
    ['single quotes within', `{"a": 'b'}`],
    ['in a block', 'Here:\n```json\n{"a": 1,}\n```'],
  ])('%s', (_, text) => expect(kinds(text)).toEqual(['json']));

  test('says what the parser says', () => {
    expect(brokenParts('{"a": 1,}', [], false)[0]?.detail).toMatch(/JSON/);
  });

  test('every value that JSON can write is whole, and none is without its end', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 }), (value) => {
        const text = JSON.stringify(value, null, 2);
        expect(kinds(text)).toEqual([]);
        expect(kinds(text.slice(0, -1))).toEqual(['json']);
      }),
    );
  });
});

describe('tool calls', () => {
  const call = '{"name": "search", "arguments": {"query": "x"}}';
  test.each([
    ['Hermes', `Let me look.\n<tool_call>\n${call}\n</tool_call>`],
    ['several', `<tool_call>${call}</tool_call>\n<tool_call>${call}</tool_call>`],
    ['Qwen3-Coder', '<tool_call>\n<function=search>\n<parameter=query>\nx\n</parameter>\n</function>\n</tool_call>'],
    ['GLM', '<tool_call>search\n<arg_key>query</arg_key>\n<arg_value>x</arg_value>\n</tool_call>'],
    ['Mistral', `[TOOL_CALLS][${call}]`],
    ['Mistral, newer', '[TOOL_CALLS]search[ARGS]{"query": "x"}[TOOL_CALLS]get_weather[ARGS]{}'],
    ['Granite', `<|tool_call|>[${call}]`],
    [
      'DeepSeek V3',
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n```json\n{"query": "x"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    ],
    ['DeepSeek V3.1', '<｜tool▁call▁begin｜>search<｜tool▁sep｜>{"query": "x"}<｜tool▁call▁end｜>'],
    ['Kimi', '<|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>{"query": "x"}<|tool_call_end|>'],
    ['gpt-oss', '<|channel|>commentary to=functions.search <|constrain|>json<|message|>{"query": "x"}'],
    ['bare JSON', '{"name": "search", "parameters": {"query": "x"}}'],
    ['OpenAI', '{"type": "function", "function": {"name": "search", "arguments": "{}"}}'],
    ['none', 'It is sunny.'],
  ])('%s', (_, text) => expect(kinds(text, WITH_TOOLS)).toEqual([]));

  test.each([
    ['not closed', `<tool_call>\n${call}`],
    ['no JSON', '<tool_call>\n{"name": "search", "arguments": {"query": "x"}\n</tool_call>'],
    ['no name', '<tool_call>{"arguments": {}}</tool_call>'],
    ['a tool that was not offered', '<tool_call>{"name": "delete_all", "arguments": {}}</tool_call>'],
    ['a function that is not closed', '<tool_call>\n<function=search>\n<parameter=query>\n</tool_call>'],
    ['an empty list', '[TOOL_CALLS][]'],
    ['arguments that are no JSON', '[TOOL_CALLS]search[ARGS]{"query": x}'],
    ['arguments that are no object', '<｜tool▁call▁begin｜>search<｜tool▁sep｜>[1]<｜tool▁call▁end｜>'],
    ['Kimi, no name', '<|tool_call_begin|><|tool_call_argument_begin|>{}<|tool_call_end|>'],
    ['bare JSON without a name', '{"query": "x"}'],
  ])('%s', (_, text) => expect(kinds(text, WITH_TOOLS)).toEqual(['toolCall']));

  test.each([
    [`<tool_call>\n${call}`, '<tool_call> is not closed'],
    ['<tool_call>{"name": "delete_all", "arguments": {}}</tool_call>', 'there is no tool "delete_all"'],
    ['[TOOL_CALLS]search[ARGS]{"query": x}', /^the arguments of search are not JSON: .*x/],
  ])('says of %s what is wrong', (text, said) => {
    const [found] = brokenParts(text, WITH_TOOLS.tools, true);
    const { kind, detail } = namedBreakage(found!);
    expect(kind).toBe('tool_call');
    expect(detail).toMatch(said);
  });

  test('without tools any name will do, and JSON is no call', () => {
    expect(kinds('<tool_call>{"name": "any", "arguments": {}}</tool_call>')).toEqual([]);
    expect(kinds('{"query": "x"}')).toEqual([]);
    expect(kinds('<tool_call>{}</tool_call>')).toEqual(['toolCall']);
  });
});

test('reasoning is no part of the answer', () => {
  expect(finalAnswer('<think>\n```\nhm\n</think>\n\n{"a": 1}')).toBe('\n\n{"a": 1}');
  expect(finalAnswer('<|channel|>analysis<|message|>hm<|channel|>final<|message|>Yes.')).toBe('Yes.');
  expect(finalAnswer('Yes.')).toBe('Yes.');
  expect(kinds('<think>\n```\nhm\n</think>\n\n{"a": 1}')).toEqual([]);
});
