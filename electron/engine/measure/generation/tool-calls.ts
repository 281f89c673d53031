// Checks tool calls in a model's output, by the markup of chat templates.
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { isRecord } from '../../demos/plain.ts';

type Markup = {
  readonly opens: string;
  /** Closing markup; null: the next call or the end of the turn ends the call. */
  readonly closes: string | null;
  /** Markup between name and arguments. If it is null or does not occur, the name is part of the call's JSON. */
  readonly separator: string | null;
};

const MARKUPS: readonly Markup[] = [
  // Hermes, Qwen, GLM and many others
  { opens: '<tool_call>', closes: '</tool_call>', separator: null },
  // Granite
  { opens: '<|tool_call|>', closes: null, separator: null },
  // Mistral
  { opens: '[TOOL_CALLS]', closes: null, separator: '[ARGS]' },
  // DeepSeek
  { opens: '<｜tool▁call▁begin｜>', closes: '<｜tool▁call▁end｜>', separator: '<｜tool▁sep｜>' },
  // Kimi
  { opens: '<|tool_call_begin|>', closes: '<|tool_call_end|>', separator: '<|tool_call_argument_begin|>' },
  // gpt-oss
  { opens: '<|channel|>commentary to=', closes: null, separator: '<|message|>' },
];

/**
 * What is wrong with the tool calls in a text, one clause each; empty if there are no calls.
 * @param tools names of the tools that the prompt offers; empty: any name will do
 */
export function toolCallProblems(text: string, tools: readonly string[]): Sentence[] {
  return MARKUPS.flatMap((markup) =>
    readBodies(text, markup).flatMap(({ body, closed }) => {
      const problem = closed ? bodyProblem(body, markup, tools) : msg('markupNotClosed', { markup: markup.opens });
      return problem === null ? [] : [problem];
    }),
  );
}

/**
 * What is wrong with calls in bare JSON: an object, or a list of them.
 * @returns null: nothing is wrong
 */
export function jsonCallProblem(json: string, tools: readonly string[]): Sentence | null {
  const { value, problem } = checkJson(json);
  if (problem !== undefined) return msg('callNoJson', { reason: problem });
  const calls: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (calls.length === 0) return msg('callsEmpty');
  return calls.map((call) => nameProblem(nameIn(call), tools)).find((result) => result !== null) ?? null;
}

/** The text without tool calls, whose content is not Markdown. */
export function withoutToolCalls(text: string): string {
  return MARKUPS.reduce((rest, { opens, closes }) => {
    const [before = '', ...calls] = rest.split(opens);
    return (
      before +
      calls
        .map((call) =>
          closes === null || !call.includes(closes) ? '' : call.slice(call.indexOf(closes) + closes.length),
        )
        .join('')
    );
  }, text);
}

type Body = { readonly body: string; readonly closed: boolean };

function readBodies(text: string, { opens, closes }: Markup): Body[] {
  const [, ...parts] = text.split(opens);
  return parts.map((part) => {
    if (closes === null) return { body: part, closed: true };
    const end = part.indexOf(closes);
    return end < 0 ? { body: part, closed: false } : { body: part.slice(0, end), closed: true };
  });
}

function bodyProblem(body: string, { separator }: Markup, tools: readonly string[]): Sentence | null {
  const at = separator === null ? -1 : body.indexOf(separator);
  if (separator !== null && at >= 0) {
    return namedCallProblem(body.slice(0, at).trim(), body.slice(at + separator.length), tools);
  }
  // Qwen3-Coder: <function=name><parameter=…>…</function>
  const [, called] = /^\s*<function=([^>\s]*)>/.exec(body) ?? [];
  if (called !== undefined) {
    return body.includes('</function>')
      ? nameProblem(called, tools)
      : msg('markupNotClosed', { markup: '<function=…>' });
  }
  // GLM: name, then <arg_key>…</arg_key><arg_value>…</arg_value>
  const [, bare] = /^\s*([\w.-]+)\s*(?:<arg_key>|$)/.exec(body) ?? [];
  if (bare !== undefined) return nameProblem(bare, tools);
  return jsonCallProblem(leadingValue(body.trim()), tools);
}

/** What is wrong with a call. @param before what identifies the tool: "get_weather", "functions.get_weather:0", "function" */
function namedCallProblem(before: string, after: string, tools: readonly string[]): Sentence | null {
  // DeepSeek V3: function<sep>name, and the arguments in a fence
  const [, laterName, fenced] = (before === 'function' && /^\s*(\S*)\s*```json\s*([\s\S]*?)\s*```/.exec(after)) || [];
  const [firstWord = ''] = before.split(/\s/);
  const name = laterName ?? firstWord.replace(/^functions\./, '').replace(/:\d+$/, '');
  const problem = nameProblem(name, tools);
  if (problem !== null) return problem;
  const json = fenced ?? leadingValue(after.trim());
  const { value, problem: refusal } = checkJson(json);
  if (refusal !== undefined) return msg('argumentsNoJson', { name, reason: refusal });
  return isRecord(value) ? null : msg('argumentsNoObject', { name });
}

function nameIn(call: unknown): unknown {
  if (!isRecord(call)) return undefined;
  return isRecord(call['function']) ? call['function']['name'] : call['name'];
}

function nameProblem(name: unknown, tools: readonly string[]): Sentence | null {
  if (typeof name !== 'string' || name === '') return msg('callNoName');
  if (tools.length > 0 && !tools.includes(name)) return msg('noSuchTool', { name });
  return null;
}

/** Names of the tools that a demo offers, in OpenAI's format or as a plain list of functions. */
export function toolNames(tools: readonly unknown[]): string[] {
  return tools.map(nameIn).filter((name) => typeof name === 'string');
}

/** The beginning of JSON objects and lists of strings or objects, unlike "[1] Smith", "[1, 3)", "[[link]]" or "{name}". */
const OPENING = /^\s*(?:\{\s*["}]|\[\s*[{"\]])/;

type JsonCheck =
  | { readonly value: unknown; readonly problem?: never }
  /** The parser's message. */
  | { readonly problem: string; readonly value?: never };

/** Parses JSON. Returns the value, or the parser’s message. */
export function checkJson(text: string): JsonCheck {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: (error as SyntaxError).message };
  }
}

/** Whether the text, after white space, begins like JSON. */
export function beginsAsJson(text: string): boolean {
  return OPENING.test(text);
}

/** The object or list at the beginning of a text, up to its closing bracket; the whole text if it is not closed. */
export function leadingValue(text: string): string {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (inString) {
      if (sign === '\\') i++;
      else if (sign === '"') inString = false;
    } else if (sign === '"') {
      inString = true;
    } else if (sign === '{' || sign === '[') {
      depth++;
    } else if ((sign === '}' || sign === ']') && --depth === 0) {
      return text.slice(0, i + 1);
    }
  }
  return text;
}
