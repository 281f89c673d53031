// The state of the native part for the interface. In a checkout the first start builds it, with progress.
import type { z } from 'zod';
import { ensureNative } from '../../../../native/index.ts';
import type { nativeStateSchema } from '../../../contract/api/app.ts';
import { errorToData } from '../../../contract/errors.ts';

type NativeState = z.infer<typeof nativeStateSchema>;

export class NativePart {
  #state: NativeState = { state: 'building', line: '', error: null };
  readonly #onChange: (state: NativeState) => void;
  #ready: Promise<void> | null = null;
  #server: Promise<void> | null = null;

  constructor(onChange: (state: NativeState) => void) {
    this.#onChange = onChange;
  }

  get state(): NativeState {
    return this.#state;
  }

  /**
   * Resolves when the native part is ready. After a failure the next call tries again.
   * @throws WinnowError NATIVE_BUILD
   */
  ensure(): Promise<void> {
    this.#ready ??= this.#build();
    return this.#ready;
  }

  /**
   * Resolves when llama.cpp's server is ready too. Without it everything else still works.
   * @throws WinnowError NATIVE_BUILD
   */
  ensureServer(): Promise<void> {
    this.#server ??= this.#buildServer().catch((error: unknown) => {
      this.#server = null;
      throw error;
    });
    return this.#server;
  }

  async #buildServer(): Promise<void> {
    await this.ensure();
    try {
      await ensureNative({
        server: true,
        onProgress: (line) => this.#become({ state: 'building', line, error: null }),
      });
    } finally {
      this.#become({ state: 'ready', line: '', error: null });
    }
  }

  async #build(): Promise<void> {
    try {
      await ensureNative({ onProgress: (line) => this.#become({ state: 'building', line, error: null }) });
      this.#become({ state: 'ready', line: '', error: null });
    } catch (error) {
      this.#ready = null;
      this.#become({ state: 'failed', line: '', error: errorToData(error) });
      throw error;
    }
  }

  #become(state: NativeState): void {
    this.#state = state;
    this.#onChange(state);
  }
}
