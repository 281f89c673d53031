// Texts that models are measured on: one text as it is, or several documents that are measured together.
import { z } from 'zod';
import { demoContentSchema, type ChatMessage, type DemoContent } from '../../../contract/demo.ts';

export const evaluationDocumentSchema = z.object({
  /** What people call it: "held-out.jsonl:3". */
  id: z.string(),
  content: demoContentSchema,
});
export type EvaluationDocument = Readonly<z.infer<typeof evaluationDocumentSchema>>;

/** What is measured as one, by its name for people. */
export type NamedText = {
  readonly name: string;
  readonly text: string | readonly EvaluationDocument[];
  /** Which chunks are read of a single text: those that a search looks for the best on, or those that prove it; absent: all of them. */
  readonly half?: 'search' | 'confirm';
};

/** A text is its own only document. */
export function documentsOf({ name, text }: NamedText): readonly EvaluationDocument[] {
  return typeof text === 'string' ? [{ id: name, content: { kind: 'text', text } }] : text;
}

/** What a document says, without roles or markup: a chat's messages, tool calls aside. */
export function spokenText(content: DemoContent): string {
  return content.kind === 'text' ? content.text : joined(content.messages);
}

/** The same without system messages: what a chat is about, whatever it is told to be. */
export function ownText(content: DemoContent): string {
  return content.kind === 'text' ? content.text : joined(content.messages.filter(({ role }) => role !== 'system'));
}

function joined(messages: readonly ChatMessage[]): string {
  return messages.map((message) => message.content).join('\n');
}
