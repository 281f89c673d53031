// Demos for the tests of what experts were chosen by.
import type { DemoContent } from '../../../electron/contract/demo.ts';
import { hashDemo } from '../../../electron/engine/base/content/documents.ts';
import type { ChoosingDemo } from '../../../electron/engine/write/pruning/choosing-demos.ts';
import type { Store } from '../../../electron/engine/store/database.ts';
import { addDemos } from '../../../electron/engine/store/demos.ts';
import { ensureDomain } from '../../../electron/engine/store/domains.ts';

export const text = (value: string): DemoContent => ({ kind: 'text', text: value });
export const chat = (...turns: [role: string, content: string][]): DemoContent => ({
  kind: 'chat',
  messages: turns.map(([role, content]) => ({ role, content })),
});
export const demo = (id: string, content: DemoContent): ChoosingDemo => ({ id, hash: hashDemo(content) });

/** Stores them in a domain, as importing a file would. */
export function keep(store: Store, path: string, ...contents: DemoContent[]): ChoosingDemo[] {
  const demos = contents.map((content, i) => ({ content, hash: hashDemo(content), line: i + 1 }));
  addDemos(store, ensureDomain(store, 'law').id, path, demos);
  return demos.map(({ hash, line }) => ({ id: `${path.slice(path.lastIndexOf('/') + 1)}:${line}`, hash }));
}
