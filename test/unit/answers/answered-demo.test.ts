// A model's answer in its demo: whatever the chat template does, scoring must see the text that the model saw and wrote.
import { describe, expect, test } from 'vitest';
import type { ChatContent, DemoContent } from '../../../electron/contract/demo.ts';
import { answeredDemo, isPromptOnly } from '../../../electron/engine/measure/answers/respond.ts';
import { renderDemo } from '../../../electron/engine/demos/chat-renderer.ts';
import { RENDERER_HERE } from '../demos/renderer-here.ts';

const CHATML = `{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;
/** Takes surrounding blanks off and writes its own. */
const STRIPPING = `{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content.strip() + ' [/INST]' }}{% else %}{{ ' ' + m.content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}`;
/** Writes the last answer's reasoning, which comes apart from it, in its own frame. */
const REASONING = `{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' }}{% if m.role == 'assistant' %}{{ '<think>\\n' + (m.reasoning_content or '') + '\\n</think>\\n\\n' }}{% endif %}{{ m.content + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}{% endif %}`;
/** Drops all reasoning. */
const FORGETTING = `{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '<|User|>' + m.content }}{% else %}{{ '<|Assistant|>' + m.content.split('</think>')[-1] + eos_token }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|Assistant|><think>\\n' }}{% endif %}`;

const QUESTION: ChatContent = { kind: 'chat', messages: [{ role: 'user', content: 'What is 6 times 7?' }] };

type AnswerTemplate = Parameters<typeof answeredDemo>[2];

function template(source: string | null, addsBos = true): AnswerTemplate {
  return { source, bosToken: '<s>', eosToken: '</s>', addsBos };
}

/** The tokens' text: BOS as the tokenizer adds it. */
async function seen(content: DemoContent, by: AnswerTemplate, forGeneration = false): Promise<string> {
  const { text, addSpecial } = await renderDemo(content, by, RENDERER_HERE, { forGeneration });
  return `${addSpecial && by.addsBos ? '<s>' : ''}${text}`;
}

async function answer(by: AnswerTemplate, text: string, chat = QUESTION): Promise<DemoContent> {
  const prompt = await renderDemo(chat, by, RENDERER_HERE, { forGeneration: true });
  return answeredDemo(chat, { prompt, text, isEnded: true }, by, RENDERER_HERE);
}

const cases: readonly { name: string; by: AnswerTemplate; text: string; kind: DemoContent['kind'] }[] = [
  { name: 'a plain template', by: template(CHATML), text: '42', kind: 'chat' },
  { name: 'a template that changes blanks', by: template(STRIPPING), text: ' 42', kind: 'chat' },
  { name: 'reasoning in a frame', by: template(REASONING), text: '6 times 7.\n</think>\n\n42', kind: 'chat' },
  { name: 'reasoning in a plain template', by: template(CHATML), text: '<think>\nhm\n</think>\n\n42', kind: 'chat' },
  { name: 'reasoning that the template drops', by: template(FORGETTING), text: 'hm\n</think>\n\n42', kind: 'chat' },
  {
    name: 'the same where BOS is not added',
    by: template(FORGETTING, false),
    text: 'hm\n</think>\n\n42',
    kind: 'chat',
  },
  { name: 'blanks that the template takes off', by: template(STRIPPING), text: '\n\n42', kind: 'text' },
  { name: 'a cut answer', by: template(REASONING), text: '6 times 7 is', kind: 'text' },
];

describe.each(cases)('$name', ({ by, text, kind }) => {
  test('the answered demo begins with what was seen and written', async () => {
    const content = await answer(by, text);
    expect(content.kind).toBe(kind);
    expect((await seen(content, by)).startsWith(`${await seen(QUESTION, by, true)}${text}`)).toBe(true);
    expect(isPromptOnly(content)).toBe(false);
  });
});

test('a demo that becomes plain text ends as the template ends an answer', async () => {
  expect(await answer(template(STRIPPING), '\n\n42')).toEqual({
    kind: 'text',
    text: '[INST] What is 6 times 7? [/INST]\n\n42</s>',
  });
});

test('the demo keeps its other messages and its tools', async () => {
  const chat: ChatContent = {
    kind: 'chat',
    messages: [{ role: 'system', content: 'Count.' }, ...QUESTION.messages],
    tools: [{ type: 'function', function: { name: 'multiply' } }],
  };
  const content = await answer(template(CHATML), '42', chat);
  expect(content).toEqual({ ...chat, messages: [...chat.messages, { role: 'assistant', content: '42' }] });
});

test('without a template the answer follows the prompt after a blank line', async () => {
  const by = template(null);
  const prompt = { text: 'What is 6 times 7?\n\n', addSpecial: true, parseSpecial: true };
  const content = await answeredDemo(QUESTION, { prompt, text: '42', isEnded: false }, by, RENDERER_HERE);
  expect(content.kind).toBe('chat');
  expect((await renderDemo(content, by, RENDERER_HERE)).text).toBe('What is 6 times 7?\n\n42');
});

test('texts and answered chats do not wait for an answer', async () => {
  expect(isPromptOnly(QUESTION)).toBe(true);
  expect(isPromptOnly({ kind: 'text', text: 'What is 6 times 7?' })).toBe(false);
  expect(isPromptOnly(await answer(template(CHATML), '42'))).toBe(false);
  const asked = { role: 'tool', content: '42' };
  expect(isPromptOnly({ kind: 'chat', messages: [...QUESTION.messages, asked] })).toBe(true);
});
