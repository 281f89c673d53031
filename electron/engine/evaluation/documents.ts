// Texts that models are measured on: one text as it is, or several documents that are measured together.
import type { DemoContent } from '../../contract/demo.ts';

export type EvaluationDocument = {
  /** What people call it: "held-out.jsonl:3". */
  readonly id: string;
  readonly content: DemoContent;
};

/** What is measured as one, by its name for people. */
export type NamedText = { readonly name: string } & (
  | { readonly text: string; readonly documents?: never }
  | { readonly documents: readonly EvaluationDocument[]; readonly text?: never } // prettier-ignore
);

/** A text is its own only document. */
export function documentsOf({ name, text, documents }: NamedText): readonly EvaluationDocument[] {
  return documents ?? [{ id: name, content: { kind: 'text', text } }];
}

/** What a document says, without roles or markup: a chat's messages, tool calls aside. */
export function spokenText(content: DemoContent): string {
  return content.kind === 'text' ? content.text : content.messages.map((message) => message.content).join('\n');
}
