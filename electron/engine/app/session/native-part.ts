// The native part as the interface sees it: from a checkout the first start builds it, with progress.
import type { z } from 'zod';
import { ensureNative } from '../../../../native/index.ts';
import type { nativeStateSchema } from '../../../contract/api/app.ts';
import { errorToData } from '../../../contract/errors.ts';

type NativeState = z.infer<typeof nativeStateSchema>;

export class NativePart {
  #state: NativeState = { state: 'building', line: '', error: null };
  readonly #onChange: (state: NativeState) => void;
  #ready: Promise<void> | null = null;

  constructor(onChange: (state: NativeState) => void) {
    this.#onChange = onChange;
  }

  get state(): NativeState {
    return this.#state;
  }

  /**
   * Settles when it is there. After a failure the next call tries again.
   * @throws WinnowError NATIVE_BUILD
   */
  ensure(): Promise<void> {
    this.#ready ??= this.#build();
    return this.#ready;
  }

  /**
   * The same with llama.cpp's server.
   * @throws WinnowError NATIVE_BUILD
   */
  async ensureServer(): Promise<void> {
    this.#ready = this.#build(true);
    await this.#ready;
  }

  async #build(server = false): Promise<void> {
    try {
      await ensureNative({ server, onProgress: (line) => this.#become({ state: 'building', line, error: null }) });
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
