import { describe, expect, it } from 'vitest';
import type { ChatMessage, DemoContent } from '../../../electron/contract/demo.ts';
import { msg } from '../../../electron/contract/sentences.ts';
import type { ChatTemplate } from '../../../electron/engine/demos/template-messages.ts';
import { renderDemo, type RenderedDemo } from '../../../electron/engine/demos/chat-renderer.ts';
import { strftime } from '../../../electron/engine/demos/render-chat.ts';
import { RENDERER_HERE } from './renderer-here.ts';

const chat = (...messages: ChatMessage[]): DemoContent => ({ kind: 'chat', messages });
const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
const system = (content: string): ChatMessage => ({ role: 'system', content });

const rendered = (
  content: DemoContent,
  by: ChatTemplate,
  options?: { readonly forGeneration?: boolean; readonly date?: Date; readonly compare?: boolean },
): Promise<RenderedDemo> => renderDemo(content, by, RENDERER_HERE, options);

const PLAIN_LOOP =
  '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{{ eos_token }}{% endfor %}' +
  '{% if add_generation_prompt %}<|assistant|>{% endif %}';
const NO_SYSTEM =
  "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}" +
  "{% endif %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}" +
  '<{{ m.role }}>{{ m.content }}{% endfor %}';

const template = (source: string | null, bosToken: string | null = null, eosToken: string | null = null) => ({
  source,
  bosToken,
  eosToken,
});

/** Cuts what stands before the end of the reasoning, as DeepSeek-R1's and Qwen3's do; opens the reasoning itself. */
const FORGETTING =
  "{% for m in messages %}{{ '<' + m.role + '>' + m.content.split('</think>')[-1] }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<assistant><think>\\n' }}{% endif %}";
/** Writes it where it comes apart, and only for the last answer. */
const APART =
  "{% for m in messages %}{{ '<' + m.role + '>' }}{% if m.reasoning_content and loop.last %}" +
  "{{ '[' + m.reasoning_content + ']' }}{% endif %}{{ m.content.split('</think>')[-1].strip() }}{% endfor %}";

describe("reasoning in a demo's last answer", () => {
  const inText = assistant('<think>\n7 and 7 …\n</think>\n\n14');
  const apart = { ...assistant('14'), reasoning_content: '7 and 7 …' };

  it.each([
    { name: 'in the text', answer: inText },
    { name: 'apart', answer: apart },
    { name: 'without the opening mark', answer: assistant('7 and 7 …\n</think>\n\n14') },
  ])('$name: is put back where the template cuts it off', async ({ answer }) => {
    const { text, warning } = await rendered(chat(user('p'), answer), template(FORGETTING, null, '<end>'));
    expect(text).toBe('<user>p<assistant><think>\n7 and 7 …\n</think>\n\n14<end>');
    expect(warning).toEqual(msg('reasoningKept'));
  });

  it('is written where the template has a place for it', async () => {
    for (const answer of [inText, apart]) {
      expect(await rendered(chat(user('p'), answer), template(APART))).toEqual({
        text: '<user>p<assistant>[7 and 7 …]14',
        addSpecial: true,
        parseSpecial: true,
      });
    }
  });

  it('stays as the template writes it, and earlier reasoning is left to the template', async () => {
    expect((await rendered(chat(user('p'), inText), template(PLAIN_LOOP, null, '</s>'))).text).toBe(
      '<|user|>p</s><|assistant|><think>\n7 and 7 …\n</think>\n\n14</s>',
    );
    expect((await rendered(chat(user('p'), inText, user('q'), assistant('r')), template(FORGETTING))).text).toBe(
      '<user>p<assistant>\n\n14<user>q<assistant>r',
    );
  });

  it('is there without a template too', async () => {
    expect((await rendered(chat(user('p'), apart), template(null))).text).toBe(
      'p\n\n<think>\n7 and 7 …\n</think>\n\n14',
    );
  });
});

describe('renderDemo', () => {
  it('leaves a text as it is', async () => {
    expect(await rendered({ kind: 'text', text: ' <s>x\n' }, template(PLAIN_LOOP, '<s>'))).toEqual({
      text: ' <s>x\n',
      addSpecial: true,
      parseSpecial: true,
    });
  });

  it('renders prompt and response with no open turn after them', async () => {
    const demo = chat(user('p'), assistant('r'));
    const closed = { text: '<|user|>p</s><|assistant|>r</s>', addSpecial: true, parseSpecial: true };
    expect(await rendered(demo, template(PLAIN_LOOP, '<s>', '</s>'))).toEqual(closed);
    expect(await rendered(demo, template(PLAIN_LOOP, '<s>', '</s>'), { forGeneration: true })).toEqual(closed);
  });

  it("opens the assistant's turn only for generation", async () => {
    expect((await rendered(chat(user('p')), template(PLAIN_LOOP))).text).toBe('<|user|>p');
    expect((await rendered(chat(user('p')), template(PLAIN_LOOP), { forGeneration: true })).text).toBe(
      '<|user|>p<|assistant|>',
    );
  });

  it('without a template leaves a blank line for the answer, only for generation', async () => {
    expect((await rendered(chat(user('p')), template(null))).text).toBe('p');
    expect((await rendered(chat(user('p')), template(null), { forGeneration: true })).text).toBe('p\n\n');
    expect((await rendered(chat(user('p'), assistant('r')), template(null), { forGeneration: true })).text).toBe(
      'p\n\nr',
    );
  });

  it('does not let the tokenizer double a BOS that the template writes', async () => {
    const written = await rendered(chat(user('p')), template(NO_SYSTEM, '<s>'));
    expect(written).toEqual({ text: '<s><user>p', addSpecial: false, parseSpecial: true });
    expect((await rendered(chat(user('p')), template(NO_SYSTEM, ''))).addSpecial).toBe(true);
  });

  it('merges the system message where the template refuses it', async () => {
    const written = await rendered(chat(system('S'), user('p'), assistant('r')), template(NO_SYSTEM, '<s>'));
    expect(written.text).toBe('<s><user>S\n\np<assistant>r');
    expect(written.warning).toEqual(msg('systemMerged'));
  });

  it('reports what the template says when it refuses for good', async () => {
    await expect(rendered(chat(user('a'), user('b')), template(NO_SYSTEM))).rejects.toThrow(
      expect.objectContaining({
        code: 'DEMO_FORMAT',
        message: expect.stringContaining('Roles must alternate') as string,
      }),
    );
    await expect(rendered(chat(user('a')), template('{% for %}'))).rejects.toThrow(
      expect.objectContaining({ code: 'DEMO_FORMAT', message: expect.stringContaining('cannot be parsed') as string }),
    );
  });

  it('joins the messages and warns where the model has no template', async () => {
    const written = await rendered(chat(user('p'), assistant('r')), template(null));
    expect(written).toMatchObject({ text: 'p\n\nr', addSpecial: true });
    expect(written.warning).toEqual(msg('noTemplate'));
  });

  it('gives templates the date of the injected clock, and always the same one without', async () => {
    const dated = template("{{ strftime_now('%d %b %Y') }} {{ messages[0].content }}");
    const date = new Date('2025-03-09T23:30:00Z');
    expect((await rendered(chat(user('p')), dated, { date })).text).toBe('09 Mar 2025 p');
    expect((await rendered(chat(user('p')), dated)).text).toBe('01 Jan 2026 p');
  });

  it("passes tools, and a call's arguments as an object or, where that fails, as text", async () => {
    const call = { function: { name: 'add', arguments: '{"a": 2}' } };
    const demo: DemoContent = {
      kind: 'chat',
      messages: [user('p'), { role: 'assistant', content: '', tool_calls: [call] }],
      tools: [{ name: 'add' }],
    };
    const asObject = '{{ tools | length }} {{ messages[1].tool_calls[0].function.arguments.a + 1 }}';
    expect((await rendered(demo, template(asObject))).text).toBe('1 3');
    const asText = "{{ 'args: ' + messages[1].tool_calls[0]['function']['arguments'] }}";
    expect((await rendered(demo, template(asText))).text).toBe('args: {"a": 2}');
    expect((await rendered(chat(user('p')), template('{% if tools is not none %}tools{% endif %}.'))).text).toBe('.');
  });

  it('gives templates that run through the tools without asking an empty list', async () => {
    const source = '{% for tool in tools %}{{ tool }}{% endfor %}{{ messages[0].content }}';
    expect((await rendered(chat(user('p')), template(source))).text).toBe('p');
  });

  it('gives each tool message the id and name of the call that it answers', async () => {
    const calls = ['a', 'b'].map((name, i) => ({ id: `id${i}`, function: { name, arguments: {} } }));
    const tool = (content: string): ChatMessage => ({ role: 'tool', content });
    const demo = chat(user('p'), { ...assistant(''), tool_calls: calls }, tool('x'), tool('y'), tool('z'));
    const source = '{% for m in messages %}{{ m.tool_call_id }}:{{ m.name }};{% endfor %}';
    expect((await rendered(demo, template(source))).text).toBe(':;:;id0:a;id1:b;:;');
  });

  it('gives reasoning under both of its names', async () => {
    const demo = chat(user('p'), { ...assistant('r'), reasoning_content: 'think' });
    const source = '{{ messages[1].reasoning_content }}/{{ messages[1].thinking }}';
    expect((await rendered(demo, template(source))).text).toBe('think/think');
  });
});

describe('strftime', () => {
  it('writes UTC in English, and leaves unknown directives', () => {
    const date = new Date('2024-02-05T00:07:09Z');
    expect(strftime(date, '%A %a %d %B %b %m %Y %y %H:%M:%S %I%p %Z %% %Q')).toBe(
      'Monday Mon 05 February Feb 02 2024 24 00:07:09 12AM UTC % %Q',
    );
  });
});

describe('what a template leaves out', () => {
  const call = { type: 'function', function: { name: 'look', arguments: '{"at": 1}' } };
  const everything: DemoContent = {
    kind: 'chat',
    messages: [
      system('s'),
      user('p'),
      { role: 'assistant', content: 'w', reasoning_content: 'r', tool_calls: [call] },
      { role: 'tool', content: 't' },
      assistant('a'),
    ],
    tools: [{ type: 'function', function: { name: 'look', description: 'd', parameters: {} } }],
  };
  /** Written by hand: what each of these leaves out can be read in it. */
  const WHOLE =
    '{% for t in tools or [] %}{{ t.function.name }}{% endfor %}' +
    "{% for m in messages %}<{{ m.role }}>{{ m.reasoning_content or '' }}{{ m.content }}" +
    '{% for c in m.tool_calls or [] %}{{ c.function.name }}{{ c.function.arguments | tojson }}{% endfor %}{% endfor %}';
  const leftOut = async (
    source: string | null,
    content: DemoContent = everything,
  ): Promise<readonly string[] | undefined> => (await rendered(content, template(source), { compare: true })).unwritten;

  it.each([
    ['nothing', WHOLE, []],
    ['tools', WHOLE.replace('tools or []', '[]'), ['tools']],
    ['tool calls', WHOLE.replace('m.tool_calls or []', '[]'), ['toolCalls']],
    ['arguments of calls', WHOLE.replace('{{ c.function.arguments | tojson }}', ''), ['toolCalls']],
    ['reasoning', WHOLE.replace("{{ m.reasoning_content or '' }}", ''), ['reasoning']],
    ['all answers', WHOLE.replace('{{ m.content }}', "{{ m.content if m.role != 'assistant' }}"), ['answer']],
    ['one answer of two', WHOLE.replace('{{ m.content }}', '{{ m.content if not m.tool_calls }}'), ['answer']],
    ['prompts', WHOLE.replace('{{ m.content }}', "{{ m.content if m.role != 'user' }}"), ['prompt']],
    ['system messages', WHOLE.replace('{{ m.content }}', "{{ m.content if m.role != 'system' }}"), ['system']],
    ['results', WHOLE.replace('{{ m.content }}', "{{ m.content if m.role != 'tool' }}"), ['toolResults']],
    [
      'all but prompts',
      "{% for m in messages %}{{ m.content if m.role == 'user' }}{% endfor %}",
      [...['system', 'answer', 'reasoning', 'toolCalls', 'toolResults', 'tools']],
    ],
    ['without a template, what only one could write', null, ['toolCalls', 'tools']],
  ])('%s', async (_name, source, expected) => {
    expect(await leftOut(source)).toEqual(expected);
  });

  it('is not asked of parts that a chat does not have, nor of blank ones', async () => {
    expect(await leftOut('{{ messages[0].content }}', chat(user('p'), assistant(' ')))).toEqual([]);
  });

  it('is not said where the template refuses to be asked', async () => {
    const picky = "{% if messages[0].content != 'p' %}{{ raise_exception('no') }}{% endif %}p{{ messages[1].content }}";
    expect(await leftOut(picky, chat(user('p'), assistant('a')))).toEqual([]);
  });

  it('finds a part whose words stand elsewhere, too', async () => {
    const prompts = "{% for m in messages %}{{ m.content if m.role == 'user' }}{% endfor %}";
    expect(await leftOut(prompts, chat(user('four'), assistant('four')))).toEqual(['answer']);
  });

  it('changes nothing of the text', async () => {
    const plain = await rendered(everything, template(WHOLE));
    expect((await rendered(everything, template(WHOLE), { compare: true })).text).toBe(plain.text);
    expect(plain.unwritten).toBeUndefined();
  });

  it('refuses a demo of which nothing is written', async () => {
    const constant = rendered(chat(user('p'), assistant('a')), template('{{ "Hello." }}'), { compare: true });
    await expect(constant).rejects.toMatchObject({ code: 'DEMO_FORMAT' });
    await expect(constant).rejects.toThrow('it writes nothing of what the messages say');
  });
});
