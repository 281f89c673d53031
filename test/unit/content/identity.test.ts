import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashDemo } from '../../../electron/engine/base/content/documents.ts';
import { canonicalJson } from '../../../electron/engine/base/files/canonical-json.ts';

describe('canonicalJson', () => {
  it('sorts keys, leaves out undefined members, and has no white space', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: undefined, A: true })).toBe(
      '{"A":true,"b":[1,{"c":"é","d":null}]}',
    );
  });

  it('keeps every JSON value, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // JSON has no negative zero.
        const written = JSON.stringify(value);
        expect(JSON.stringify(JSON.parse(canonicalJson(value)), sortedKeys)).toBe(
          JSON.stringify(JSON.parse(written), sortedKeys),
        );
      }),
    );
  });
});

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('hashDemo', () => {
  it('is the SHA-256 of the canonical UTF-8', () => {
    const expected = createHash('sha256').update('{"kind":"text","text":"é"}', 'utf8').digest('hex');
    expect(hashDemo({ text: 'é', kind: 'text' })).toBe(expected);
  });

  it('tells a text from a chat and one role from another', () => {
    const chat = (role: string) => hashDemo({ kind: 'chat', messages: [{ role, content: 'x' }] });
    expect(new Set([hashDemo({ kind: 'text', text: 'x' }), chat('user'), chat('assistant')]).size).toBe(3);
  });
});
