// Electron's security checklist, as far as sources and configuration show it. What a window does is tried in
// test/e2e/desktop/security.spec.ts, and what the program's fuses do in test/e2e/gated.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pageHeaders } from '../../../electron/contract/page-policy.ts';
import { ROOT, sourceFiles } from '../source-files.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Path and text of each. */
function sources(pattern: string): (readonly [string, string])[] {
  return sourceFiles(pattern).map((path) => [path, read(path)] as const);
}

/** Files in which the pattern stands, with it. */
function findings(pattern: string, forbidden: RegExp): string[] {
  const files = sources(pattern);
  expect(files.length).toBeGreaterThan(0);
  return files.flatMap(([path, text]) => [...text.matchAll(forbidden)].map(([found]) => `${path}: ${found}`));
}

const SHELL = 'electron/{main,preload}/**/*.ts';

describe('the shell', () => {
  test('hands nothing to other programs, and of files their paths to the file manager only', () => {
    expect([...new Set(findings(SHELL, /\bshell\.\w+/g))]).toEqual([
      'electron/main/engine-process.ts: shell.showItemInFolder',
    ]);
  });

  test('turns no protection off', () => {
    const forbidden =
      /webSecurity|allowRunningInsecureContent|experimentalFeatures|enableBlinkFeatures|webviewTag|nodeIntegrationIn\w+|allowpopups|navigateOnDragDrop|enableRemoteModule|setCertificateVerifyProc|ignore-certificate-errors|no-sandbox|remote-debugging|bypassCSP|corsEnabled|allowServiceWorkers|codeCache|executeJavaScript|insertCSS|loadFile|file:\/\/|disable-web-security/g;
    expect(findings(SHELL, forbidden)).toEqual([]);
    expect(findings(SHELL, /appendSwitch\('[^']*'/g)).toEqual([
      "electron/main/lock-down.ts: appendSwitch('host-resolver-rules'",
    ]);
  });

  test('isolates and sandboxes its one window', () => {
    expect(findings(SHELL, /new (Browser|BaseWindow|WebContentsView)\w*/g)).toEqual([
      'electron/main/window.ts: new BrowserWindow',
    ]);
    const preferences = /webPreferences: \{([^}]*)\}/.exec(read('electron/main/window.ts'))?.[1] ?? '';
    const lines = preferences.split('\n').map((line) => line.trim());
    const set = lines.filter((line) => line !== '' && !line.startsWith('//'));
    expect(set.sort()).toEqual([
      'contextIsolation: true,',
      'devTools: !app.isPackaged,',
      'nodeIntegration: false,',
      'preload: PRELOAD_FILE,',
      'sandbox: true,',
      'spellcheck: false,',
    ]);
    expect(read('electron/main/main.ts')).toContain('app.enableSandbox();');
  });

  test('its scheme has no more privileges than a page needs', () => {
    expect(findings(SHELL, /privileges: \{[^}]*\}/g)).toEqual([
      'electron/main/app-protocol.ts: privileges: { standard: true, secure: true }',
    ]);
  });

  test('the preload script gives the page functions, never Electron itself', () => {
    const preload = read('electron/preload/preload.ts');
    expect(preload.match(/exposeInMainWorld\([^)]*\)/g)).toEqual(["exposeInMainWorld('winnow', bridge)"]);
    // each channel by its name, none that the page chooses
    for (const [call] of preload.matchAll(/ipcRenderer\.(send|invoke)\([^,)]*/g)) expect(call).toMatch(/\((IPC\.\w+)$/);
  });
});

describe('the page', () => {
  test('is under a policy that allows its own scripts and no connection', () => {
    const policy = pageHeaders("'none'")['content-security-policy'] ?? '';
    expect(policy.split('; ')).toEqual([
      "default-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' blob:",
      "connect-src 'none'",
      "object-src 'none'",
      "frame-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  test('writes no markup from text, and loads nothing from elsewhere', () => {
    const forbidden =
      /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|(?:src|href)=["'{`]+(?:https?:)?\/\/|@import url|<webview/g;
    expect(findings('renderer/**/*.{ts,tsx,html,css}', forbidden)).toEqual([]);
  });
});

/** A model's own endpoint: whether its port is free, and a conversation with it. */
const ENDPOINTS = 'electron/engine/endpoints/';
/** The model hub, where the user asks for a file of it. */
const HUB = 'electron/engine/models/hub/';

test('the engine, its command line and its workers have no way to a network but to an endpoint of theirs and to the hub', () => {
  const forbidden =
    /from '(?:node:)?(?:https?|http2|net|tls|dgram|dns)(?:\/promises)?'|\bfetch\(|globalThis\.fetch|systemFetch\(|new WebSocket|XMLHttpRequest|createModelDownloader\(|resolveModelFile\(|readGgufFileInfo\(/g;
  const found = findings('electron/{engine,cli,contract}/**/*.ts', forbidden);
  expect(found.filter((finding) => !finding.startsWith(ENDPOINTS) && !finding.startsWith(HUB))).toEqual([]);
  // all of them through the one function, which the readers and the downloader take for the system's
  expect(found.filter((finding) => finding.startsWith(HUB)).map((finding) => finding.slice(HUB.length))).toEqual([
    ...Array.from({ length: 3 }, () => expect.stringMatching(/^hub-fetch\.ts: globalThis\.fetch/) as unknown),
    'hub-fetch.ts: systemFetch(',
    'hub-files.ts: resolveModelFile(',
    'hub-files.ts: createModelDownloader(',
    ...Array.from({ length: 2 }, () => 'hub-files.ts: globalThis.fetch'),
    'hub-files.ts: readGgufFileInfo(',
    'hub-files.ts: createModelDownloader(',
  ]);
  const asked = findings(`${ENDPOINTS}*.ts`, /\bfetch\([^)]*/g);
  expect(asked.map((finding) => finding.slice(ENDPOINTS.length))).toEqual([
    expect.stringMatching(/^endpoint-chat\.ts: fetch\(`\$\{url\}\//),
    expect.stringMatching(/^endpoint\.ts: fetch\(`\$\{url\}\//),
  ]);
});

describe('the package', () => {
  const config = read('electron-builder.yml');

  test('has its fuses set', () => {
    const [, block = ''] = /electronFuses:\n((?: {2}.*\n)*)/.exec(config) ?? [];
    expect(
      Object.fromEntries(
        block
          .trim()
          .split('\n')
          .map((line) => line.trim().split(': ')),
      ),
    ).toEqual({
      runAsNode: 'false',
      enableCookieEncryption: 'true',
      enableNodeOptionsEnvironmentVariable: 'false',
      enableNodeCliInspectArguments: 'false',
      enableEmbeddedAsarIntegrityValidation: 'true',
      onlyLoadAppFromAsar: 'true',
      loadBrowserProcessSpecificV8Snapshot: 'false',
      grantFileProtocolExtraPrivileges: 'false',
    });
  });

  test('updates itself from nowhere, and is an archive', () => {
    expect(config).toMatch(/^publish: null$/m);
    expect(config).toMatch(/^asar: true$/m);
    expect(config).toMatch(/^ {2}hardenedRuntime: true$/m);
  });
});
