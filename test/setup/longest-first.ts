// The order of test files: vitest begins with the largest ones, but what takes longest is what Mesa compiles for the software GPU, on
// one core. Begun late, it would keep all others waiting.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONGEST = /\/gpu\.test\.ts$/;

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLongest = ({ moduleId }: TestSpecification): boolean => LONGEST.test(moduleId);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}
