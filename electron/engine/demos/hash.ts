// The identity of a demo: one hash for one content, whatever file or key order it came in.
import { createHash } from 'node:crypto';
import type { DemoContent } from '../../contract/demo.ts';
import { canonicalJson } from '../files/canonical-json.ts';

/** SHA-256 of the canonical JSON's UTF-8 bytes, lower-case hex. */
export function hashDemo(content: DemoContent): string {
  return createHash('sha256').update(canonicalJson(content), 'utf8').digest('hex');
}
