// Three tiny files of demos, for those who have none yet: each reads as it stands.
import type { TextKey } from '../../electron/contract/text/words.ts';

/** One of the texts of `demos.examples`. */
type ExampleText = Extract<TextKey, `demos.examples.${string}`>;

export type DemoExample = {
  readonly id: 'chat' | 'answered' | 'text';
  readonly fileName: string;
  readonly content: string;
};

/** @param say a text in the page's language */
export function demoExamples(say: (key: ExampleText) => string): readonly DemoExample[] {
  const [request, reply] = [say('demos.examples.request'), say('demos.examples.reply')];
  const messages = [
    { role: 'user', content: request },
    { role: 'assistant', content: reply },
  ];
  return [
    { id: 'chat', fileName: 'chats.jsonl', content: JSON.stringify({ messages }) },
    { id: 'answered', fileName: 'questions.csv', content: `prompt,answer\n${quoted(request)},${quoted(reply)}` },
    { id: 'text', fileName: 'letter.txt', content: say('demos.examples.letter') },
  ];
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}
