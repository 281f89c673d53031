// The order of test files: vitest begins with the largest ones, but some take long that are short. Begun late, they would keep
// one core busy while nothing is left for the other.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Each takes about a minute or more. */
const LONGEST = ['fit', 'attack', 'architectures', 'readme', 'identity'].map((name) => `/integration/${name}.test.ts`);

/** @returns the lower, the earlier */
function place({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(name));
  return at < 0 ? LONGEST.length : at;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
