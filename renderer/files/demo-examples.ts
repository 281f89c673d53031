// Three tiny demo files for users who have none yet; each of them can be imported as it is.

/** The texts, in the page's language. */
type ExampleTexts = { readonly request: string; readonly reply: string; readonly letter: string };

export type DemoExample = {
  readonly id: 'chat' | 'answered' | 'text';
  readonly fileName: string;
  readonly content: string;
};

export function demoExamples({ request, reply, letter }: ExampleTexts): readonly DemoExample[] {
  const messages = [
    { role: 'user', content: request },
    { role: 'assistant', content: reply },
  ];
  return [
    { id: 'chat', fileName: 'chats.jsonl', content: JSON.stringify({ messages }) },
    { id: 'answered', fileName: 'questions.csv', content: `prompt,answer\n${quoted(request)},${quoted(reply)}` },
    { id: 'text', fileName: 'letter.txt', content: letter },
  ];
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}
