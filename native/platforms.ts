// The systems that Winnow's native part is compiled for.

type Platform = {
  readonly name: string;
  /** node-llama-cpp's package with ggml for this platform. */
  readonly ggml: string;
  /** What compiles for it on other systems, with the file of its name in `toolchains`; null: only a system of its kind can. */
  readonly cross: { readonly compiler: string; readonly debianPackage: string } | null;
};

export const PLATFORMS: readonly Platform[] = [
  { name: 'linux-x64', ggml: 'linux-x64', cross: null },
  {
    name: 'linux-arm64',
    ggml: 'linux-arm64',
    cross: { compiler: 'aarch64-linux-gnu-g++', debianPackage: 'g++-aarch64-linux-gnu' },
  },
  {
    name: 'win-x64',
    ggml: 'win-x64',
    cross: { compiler: 'x86_64-w64-mingw32ucrt-g++', debianPackage: 'g++-mingw-w64-ucrt64' },
  },
  { name: 'win-arm64', ggml: 'win-arm64', cross: null },
  { name: 'darwin-arm64', ggml: 'mac-arm64-metal', cross: null },
  { name: 'darwin-x64', ggml: 'mac-x64', cross: null },
];

export type { Platform };

/** Returns the name of this machine's platform. */
export function thisPlatform(): string {
  return `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

/** The addon that asks Windows itself, see windows-memory.ts. */
export const WINDOWS_ADDON = 'winnow-windows.node';

/** llama.cpp's server, which is built when it is first needed: CMake's name of it, and its file. */
export const SERVER_TARGET = 'winnow-server';
export const SERVER_ADDON = `${SERVER_TARGET}.node`;

/** Returns the names of the files that are always built for a platform, the addon first. */
export function filesOf(platform: string): readonly [addon: string, rpcBackend: string, ...libraries: string[]] {
  const addon = 'winnow.node';
  if (platform.startsWith('win-')) return [addon, 'ggml-rpc.dll', WINDOWS_ADDON];
  return [addon, 'libggml-rpc.so', platform.startsWith('darwin-') ? 'libllama-winnow.dylib' : 'libllama-winnow.so'];
}

/** Returns the names of the files that are built for a platform; llama.cpp's server is built when it is asked for. */
export function builtFiles(platform: string, server: boolean): readonly string[] {
  return server ? [...filesOf(platform), SERVER_ADDON] : filesOf(platform);
}
