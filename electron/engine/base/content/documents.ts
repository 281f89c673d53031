// Texts that models are measured on: a single text, or several documents that are measured together.
import { z } from 'zod';
import { demoContentSchema, type ChatMessage, type DemoContent } from '../../../contract/demo.ts';

export const evaluationDocumentSchema = z.object({
  /** The name that people read: "held-out.jsonl:3". */
  id: z.string(),
  content: demoContentSchema,
});
export type EvaluationDocument = Readonly<z.infer<typeof evaluationDocumentSchema>>;

/** A text or a set of documents that is measured as one, with the name that people read. */
export type NamedText = {
  readonly name: string;
  readonly text: string | readonly EvaluationDocument[];
  /** Which chunks of a single text are read: those on which a search looks for the best, or those that confirm it; absent: all. */
  readonly half?: 'search' | 'confirm';
};

/** The documents of a text; a single text is its own only document. */
export function documentsOf({ name, text }: NamedText): readonly EvaluationDocument[] {
  return typeof text === 'string' ? [{ id: name, content: { kind: 'text', text } }] : text;
}

/** The text of a document, without roles or markup: a chat's messages, without tool calls. */
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
