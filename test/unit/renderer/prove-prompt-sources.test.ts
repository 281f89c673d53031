import { describe, expect, it } from 'vitest';
import { promptSources } from '../../../renderer/screens/prove/prompt-sources.ts';
import { selectionRequest } from '../../selection-request.ts';

const SETS = [
  { id: 1, name: 'french', demos: 40 },
  { id: 2, name: 'math', demos: 40 },
  { id: 3, name: 'python', demos: 40 },
  { id: 4, name: 'empty', demos: 0 },
];
const SELECTION = { domains: ['python'], request: selectionRequest([7], { kind: 'count', count: 16 }) };

function sources(scored: number, chosen: Readonly<Record<string, boolean>> = {}) {
  return promptSources(SETS, SELECTION, [{ id: 7, domain: 'python', demos: scored }], chosen);
}
const names = (...args: Parameters<typeof sources>): string[] =>
  sources(...args).flatMap(({ name, isChosen }) => (isChosen ? [name] : []));

describe('the demo sets that give prompts', () => {
  it('are those of the selection, with what scoring has left', () => {
    expect(sources(12).map(({ name, left }) => [name, left])).toEqual([
      ['python', 28],
      ['french', 40],
      ['math', 40],
    ]);
    expect(names(12)).toEqual(['python']);
  });

  it('leave out a set of which all demos were scored, unless it is asked for', () => {
    expect(sources(60)[0]).toMatchObject({ left: 0, isChosen: false });
    expect(names(60)).toEqual(['french']);
    expect(names(60, { 3: true, 1: false })).toEqual(['python']);
  });
});
