// Recognises by its columns what a row of a demo file is: a conversation, a prompt with its response, or a text.
import {
  COLUMN_ROLES,
  type ChatMessage,
  type ColumnRole,
  type ColumnRoles,
  type DemoContent,
} from '../../contract/demo.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import { MAX_DEMO_BYTES } from './limits.ts';
import { asCalls, asList, contentText, isMessage, toMessages } from './messages.ts';
import { byFoldedName, describe, foldName, isBlank, isRecord, toPlain, Unusable } from './plain.ts';
import type { WantedColumns } from './reader-calls.ts';

type RowContent =
  | {
      readonly ok: true;
      readonly content: DemoContent;
      /** The answer is a model's own; a reference answer beside it was ignored. */
      readonly tookOwnAnswer?: true;
      /** What the row holds and the demo does not, each kind once, as the ends of "demos hold …". */
      readonly left?: readonly Sentence[];
    }
  | { readonly ok: false; readonly reason: Sentence };

// Column names in the form that `foldName` returns. Within a table, an earlier name takes precedence over a later one.

const CONVERSATION_COLUMNS = ['messages', 'conversations', 'conversation'];

/** `appended`: columns whose text follows the prompt after a blank line (Alpaca's input, a question's context). */
const PROMPT_COLUMNS: readonly { readonly name: string; readonly appended: readonly string[] }[] = [
  { name: 'prompt', appended: [] },
  { name: 'instruction', appended: ['input', 'context'] },
  { name: 'question', appended: ['context'] },
  { name: 'query', appended: [] },
  { name: 'problem', appended: [] },
  { name: 'input', appended: [] },
  { name: 'inputs', appended: [] },
];

/** `solution` before `answer`: if a row has both, the solution is the whole text and the answer its last number. */
const RESPONSE_COLUMNS = [
  ...['response', 'completion', 'output', 'chosen', 'solution', 'answer', 'answers', 'reply'],
  ...['generation', 'target', 'targets'],
];

/** A model's own answers, which the paper's files hold beside a reference answer: `[{solution: …}]`. */
const OWN_ANSWER_COLUMN = 'prediction';

/** The column is true if the answer, which a model wrote, was cut off at its length limit. */
export const CUT_OFF_COLUMN = 'cut_off';

const TEXT_COLUMNS = ['text', 'content', 'document', 'code', 'body'];
const SYSTEM_COLUMNS = ['system', 'system_prompt'];
/** `functions`: the older notation, with functions that do not state their type. */
const TOOLS_COLUMNS = ['tools', 'functions'];

const CONTENT_COLUMNS = [
  ...CONVERSATION_COLUMNS,
  ...PROMPT_COLUMNS.map(({ name }) => name),
  ...RESPONSE_COLUMNS,
  OWN_ANSWER_COLUMN,
  ...TEXT_COLUMNS,
];
const BESIDE_COLUMNS = [...SYSTEM_COLUMNS, ...TOOLS_COLUMNS, CUT_OFF_COLUMN, 'context'];
const KNOWN_COLUMNS = new Set([...CONTENT_COLUMNS, ...BESIDE_COLUMNS]);

/** The column name for each role that people can assign; `recognise` finds columns by these names. */
const NAME_OF_ROLE = { prompt: 'prompt', answer: 'response', system: 'system', text: 'text' } as const satisfies Record<
  ColumnRole,
  string
>;

/** The role of a column with this name; null: not known, or it holds more than one message. */
export function roleOfColumn(name: string): ColumnRole | null {
  const folded = foldName(name);
  if (PROMPT_COLUMNS.some((column) => column.name === folded) || folded === 'context') return 'prompt';
  if (RESPONSE_COLUMNS.includes(folded)) return 'answer';
  if (SYSTEM_COLUMNS.includes(folded)) return 'system';
  return TEXT_COLUMNS.includes(folded) ? 'text' : null;
}

/** The columns among `names` that `rowToContent` may use: readers need not decode the others. */
export function usefulColumns(names: readonly string[]): string[] {
  return names.filter((name) => KNOWN_COLUMNS.has(foldName(name)));
}

/**
 * The columns of a columnar file that are decoded.
 * @param isSimple whether a column holds one text, number or boolean per row
 */
export function decodedColumns(
  names: readonly string[],
  wanted: WantedColumns,
  isSimple: (name: string) => boolean,
): string[] {
  if (wanted === 'known') return usefulColumns(names);
  return wanted === 'simple' ? names.filter(isSimple) : names.filter((name) => wanted.includes(name));
}

type TakeDown = Parameters<typeof toMessages>[2];
type Row = ReadonlyMap<string, unknown>;
type Shape = (row: Row, takeDown: TakeDown) => DemoContent | null;

/** In order of precedence: a prompt alone counts only if there is nothing more complete. */
const SHAPES: readonly Shape[] = [conversation, promptAndResponse, plainText, promptOnly];

function filled(row: Row, names: readonly string[]): { name: string; value: unknown } | null {
  for (const name of names) {
    const value = row.get(name);
    if (!isBlank(value)) return { name, value };
  }
  return null;
}

function filledText(row: Row, names: readonly string[]): string | null {
  const value = filled(row, names)?.value;
  return typeof value === 'string' ? value : null;
}

function chat(row: Row, messages: readonly ChatMessage[], takeDown: TakeDown): DemoContent {
  const column = filled(row, SYSTEM_COLUMNS);
  const system = column && contentText(column.value, msg('columnNamed', { column: column.name }));
  const opened = messages[0]?.role === 'system' ? messages[0].content : null;
  if (system !== null && opened !== null && system !== opened) takeDown(msg('leftSystem'));
  const all = system !== null && opened === null ? [{ role: 'system', content: system }, ...messages] : [...messages];
  const tools = readTools(row, takeDown);
  return { kind: 'chat', messages: all, ...(tools !== null && { tools }) };
}

function readTools(row: Row, takeDown: TakeDown): unknown[] | null {
  const column = filled(row, TOOLS_COLUMNS);
  if (column === null) return null;
  const tools = asCalls(column.value);
  if (tools === null || tools.length === 0) {
    takeDown(msg('leftColumn', { column: column.name }));
    return null;
  }
  return tools.map((tool) =>
    isRecord(tool) && !isRecord(tool['function']) && column.name === 'functions'
      ? { type: 'function', function: tool }
      : tool,
  );
}

function conversation(row: Row, takeDown: TakeDown): DemoContent | null {
  const column = filled(row, CONVERSATION_COLUMNS);
  const list = column && asList(column.value);
  return list && list.length > 0 ? chat(row, toMessages(list, column.name, takeDown), takeDown) : null;
}

function promptMessages(row: Row, takeDown: TakeDown): ChatMessage[] | null {
  for (const { name, appended } of PROMPT_COLUMNS) {
    const value = row.get(name);
    if (isBlank(value)) continue;
    if (Array.isArray(value) && value.every(isMessage)) return toMessages(value, name, takeDown);
    if (typeof value !== 'string') throw new Unusable(msg('columnNoMessages', { column: name, kind: describe(value) }));
    const more = filledText(row, appended);
    return [{ role: 'user', content: more === null ? value : `${value}\n\n${more}` }];
  }
  return null;
}

/** The messages of a response: a text; messages; or the first of several reference answers (a list, or SQuAD's `{text: […]}`). */
function responseMessages(value: unknown, name: string, takeDown: TakeDown): ChatMessage[] {
  if (typeof value === 'string') return [{ role: 'assistant', content: value }];
  if (Array.isArray(value) && value.every(isMessage)) return toMessages(value, name, takeDown);
  if (Array.isArray(value) && !isBlank(value[0])) {
    if (value.length > 1) takeDown(msg('leftAnswers', { column: name }));
    return responseMessages(value[0], name, takeDown);
  }
  if (isRecord(value) && !isBlank(value['text'])) return responseMessages(value['text'], name, takeDown);
  throw new Unusable(msg('columnNoMessages', { column: name, kind: describe(value) }));
}

/** The first of a model's own answers; null: there is no such column, or it holds something else, such as a class. */
function ownAnswer(row: Row): string | null {
  const first = asList(row.get(OWN_ANSWER_COLUMN))?.[0];
  const text = isRecord(first) ? first['solution'] : null;
  return typeof text === 'string' && !isBlank(text) ? text : null;
}

function promptAndResponse(row: Row, takeDown: TakeDown): DemoContent | null {
  const own = ownAnswer(row);
  const response = own === null ? filled(row, RESPONSE_COLUMNS) : { name: OWN_ANSWER_COLUMN, value: own };
  if (response === null) return null;
  const prompt = promptMessages(row, takeDown);
  const answer = responseMessages(response.value, response.name, takeDown);
  // In preference data, `chosen` repeats the prompt: that column is then the whole conversation.
  if (answer.some(({ role }) => role === 'user')) return chat(row, answer, takeDown);
  return prompt && chat(row, [...prompt, ...answer], takeDown);
}

function plainText(row: Row): DemoContent | null {
  const text = filledText(row, TEXT_COLUMNS);
  return text === null ? null : { kind: 'text', text };
}

function promptOnly(row: Row, takeDown: TakeDown): DemoContent | null {
  const prompt = promptMessages(row, takeDown);
  if (prompt && RESPONSE_COLUMNS.some((name) => row.has(name))) takeDown(msg('leftEmptyAnswer'));
  return prompt && chat(row, prompt, takeDown);
}

function recognise(row: Record<string, unknown>): Extract<RowContent, { ok: true }> {
  const names = Object.keys(row);
  const useful = usefulColumns(names);
  const fields = byFoldedName(Object.fromEntries(useful.map((name) => [name, toPlain(row[name])])));
  for (const shape of SHAPES) {
    const left = new Map<string, Sentence>();
    const recognised = shape(fields, (what) => left.set(JSON.stringify(what), what));
    if (recognised === null) continue;
    const content: DemoContent = {
      ...recognised,
      ...(fields.get(CUT_OFF_COLUMN) === true && { cutOff: true }),
    };
    const tookOwnAnswer =
      shape === promptAndResponse && ownAnswer(fields) !== null && filled(fields, RESPONSE_COLUMNS) !== null;
    return {
      ok: true,
      content: checked(content),
      ...(tookOwnAnswer && { tookOwnAnswer }),
      ...(left.size > 0 && { left: [...left.values()] }),
    };
  }
  const expected = msg('expectedColumns');
  if (useful.length === 0) {
    throw new Unusable(msg('noKnownColumn', { columns: names.join(', ') || msg('none'), expected }));
  }
  const columns = useful
    .map((name) => msg('columnKind', { column: name, kind: describe(fields.get(foldName(name))) }))
    .reduce((before, column) => msg('listed', { before, column }));
  throw new Unusable(msg('noUsableContent', { columns, expected }));
}

function strings(content: DemoContent): string[] {
  return content.kind === 'text' ? [content.text] : content.messages.map((message) => message.content);
}

function checked(content: DemoContent): DemoContent {
  const texts = strings(content);
  const calls = content.kind === 'chat' && content.messages.some((message) => message.tool_calls !== undefined);
  if (!calls && texts.every((text) => text.trim() === '')) throw new Unusable(msg('textIsEmpty'));
  if (texts.some((text) => !text.isWellFormed())) {
    throw new Unusable(msg('halfSurrogate'));
  }
  if (texts.reduce((sum, text) => sum + text.length, 0) > MAX_DEMO_BYTES) {
    throw new Unusable(msg('longerThan', { limit: displayBytes(MAX_DEMO_BYTES) }));
  }
  return content;
}

/** The text in a cell of a column to which people assigned a role; numbers and booleans become text. */
function cellText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Unusable(msg('columnOfKind', { column: name, kind: describe(value) }));
}

function inRoles(row: Record<string, unknown>, columns: ColumnRoles): Record<string, string> {
  const texts = Object.entries(columns).flatMap(([name, role]) => {
    const value = toPlain(row[name]);
    return isBlank(value) ? [] : [{ role, text: cellText(name, value) }];
  });
  return Object.fromEntries(
    COLUMN_ROLES.flatMap((role) => {
      const parts = texts.filter((part) => part.role === role).map(({ text }) => text);
      return parts.length === 0 ? [] : [[NAME_OF_ROLE[role], parts.join('\n\n')]];
    }),
  );
}

/**
 * One row (an object by column name, a list of messages, or a string) as a demo. Texts stay as they are.
 * Never throws because of the row: one that cannot be used is returned with the reason.
 * @param columns what they hold; undefined: what their names say
 */
export function rowToContent(row: unknown, columns?: ColumnRoles): RowContent {
  try {
    if (typeof row === 'string') return { ok: true, content: checked({ kind: 'text', text: row }) };
    if (Array.isArray(row) && row.length > 0 && row.every(isMessage)) return recognise({ messages: row });
    if (!isRecord(row)) return { ok: false, reason: msg('rowOfKind', { kind: describe(row) }) };
    return recognise(columns === undefined ? row : inRoles(row, columns));
  } catch (error) {
    if (error instanceof Unusable) return { ok: false, reason: error.reason };
    throw error;
  }
}
