// What a test file has set in the environment by `vi.stubEnv` ends with it: files of one worker share their process.
import { afterAll, vi } from 'vitest';

afterAll(() => void vi.unstubAllEnvs());
