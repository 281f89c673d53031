// `nativeTheme`: the system's choice of light or dark, and the app's own.
import type { NativeTheme } from 'electron';
import { host, startOptions } from './host.ts';

type ThemeSource = NativeTheme['themeSource'];

class NativeThemeDouble {
  #source: ThemeSource = 'system';
  #systemDark = startOptions.dark;

  get themeSource(): ThemeSource {
    return this.#source;
  }

  set themeSource(source: ThemeSource) {
    if (!['system', 'light', 'dark'].includes(source)) throw new TypeError(`Unknown theme source: ${source}`);
    const before = this.shouldUseDarkColors;
    this.#source = source;
    this.#tell(before);
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'system' ? this.#systemDark : this.#source === 'dark';
  }

  /** Not Electron's: the person changes the system's setting. */
  setSystemDark(dark: boolean): void {
    const before = this.shouldUseDarkColors;
    this.#systemDark = dark;
    this.#tell(before);
  }

  #tell(before: boolean): void {
    if (this.shouldUseDarkColors === before) return;
    host.post('setColorScheme', { dark: this.shouldUseDarkColors });
  }
}

export const nativeTheme = new NativeThemeDouble();
nativeTheme satisfies Pick<NativeTheme, 'themeSource' | 'shouldUseDarkColors'>;

host.serve({
  setSystemTheme: ({ dark }) => {
    nativeTheme.setSystemDark(dark);
  },
});
