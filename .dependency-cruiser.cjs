// Which module may import which. Dependencies point one way: renderer → contract ← engine → native.
// cli and server are faces of the engine; main hosts processes and relays.

/** The layers of the renderer, each with those that it imports. */
const RENDERER_LAYERS = {
  kit: [],
  i18n: [],
  state: ['kit'],
  inspector: ['kit', 'state'],
  files: ['kit', 'state'],
  jobs: ['kit', 'state'],
  heatmap: ['kit'],
  memory: ['kit'],
  measures: ['kit'],
  chat: ['kit', 'state', 'measures'],
  experts: ['kit', 'state', 'inspector', 'heatmap'],
  verdict: ['kit', 'state', 'jobs', 'measures'],
  'hand-over': ['kit', 'state', 'files'],
  screens: [
    'kit',
    'state',
    'inspector',
    'files',
    'jobs',
    'heatmap',
    'memory',
    'measures',
    'chat',
    'experts',
    'verdict',
    'hand-over',
  ],
  frame: ['kit', 'state', 'inspector', 'files', 'jobs', 'screens'],
};

function rendererRules() {
  const layers = Object.entries(RENDERER_LAYERS).map(([layer, others]) => ({
    name: `renderer-${layer}`,
    severity: 'error',
    from: { path: `^renderer/${layer}/` },
    to: { path: '^renderer/', pathNot: `^renderer/(${[layer, ...others].join('|')})/` },
  }));
  return [
    ...layers,
    {
      name: 'renderer-layers-are-listed',
      comment: 'A new folder says what it may import, above.',
      severity: 'error',
      from: { path: '^renderer/[^/]+/', pathNot: `^renderer/(${Object.keys(RENDERER_LAYERS).join('|')})/` },
      to: {},
    },
    {
      name: 'screens-apart',
      comment: 'What two screens need is a layer beside the screens.',
      severity: 'error',
      from: { path: '^renderer/screens/([^/]+)/' },
      to: { path: '^renderer/screens/', pathNot: '^renderer/screens/$1/' },
    },
    {
      // the rule of folders above takes a folder's own for its part
      name: 'screen-layers-below-their-screen',
      comment: 'A layer of a screen does not import the screen that is made of it.',
      severity: 'error',
      from: { path: '^(renderer/screens/[^/]+)/[^/]+/' },
      to: { path: '^$1/[^/]+$' },
    },
    {
      name: 'kit-knows-nothing-of-winnow',
      comment:
        'Controls and formats; of Winnow they know errors, what the engine says, how sizes are written, and that there is a language.',
      severity: 'error',
      from: { path: '^renderer/kit/' },
      to: { path: '^electron/', pathNot: '^electron/contract/(errors|sentences|display-bytes|text/i18n)\\.ts$' },
    },
    {
      name: 'state-without-interface',
      comment: 'Toasts tell of failures, in the words of the language; nothing else is drawn from here.',
      severity: 'error',
      from: { path: '^renderer/state/' },
      to: { path: '^renderer/kit/', pathNot: '^renderer/kit/(toast\\.tsx|translate\\.ts)$' },
    },
  ];
}

/** The engine's ten layers from the ground up, each with its parts; docs/ARCHITECTURE.md says what each owns. */
const ENGINE_LAYERS = require('./electron/engine/layers.json');

function engineRules() {
  const names = Object.keys(ENGINE_LAYERS);
  const inside = (folders) => `^electron/engine/(${folders.join('|')})/`;
  const layers = names.map((layer, i) => ({
    name: `engine-${layer}`,
    comment: 'A layer imports those below it. Move what a lower one needs down, or hand it in as an argument.',
    severity: 'error',
    from: { path: inside([layer]) },
    to: { path: '^electron/engine/', pathNot: inside(names.slice(0, i + 1)) },
  }));
  const parts = Object.entries(ENGINE_LAYERS).flatMap(([layer, folders]) =>
    folders.slice(0, -1).map((part, i) => ({
      name: `engine-${layer}-${part}`,
      comment: 'A part of a layer imports the parts before it.',
      severity: 'error',
      from: { path: inside([`${layer}/${part}`]) },
      to: { path: inside(folders.slice(i + 1).map((later) => `${layer}/${later}`)) },
    })),
  );
  return [
    ...layers,
    ...parts,
    {
      name: 'engine-layers-are-listed',
      comment: 'A new folder gets its place in electron/engine/layers.json.',
      severity: 'error',
      from: {
        path: '^electron/engine/',
        pathNot: Object.entries(ENGINE_LAYERS).flatMap(([layer, folders]) => [
          `^electron/engine/${layer}/[^/]+$`,
          ...folders.map((part) => `^electron/engine/${layer}/${part}/[^/]+$`),
        ]),
      },
      to: {},
    },
  ];
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle means that two modules are one. Move the shared part to a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'folders-one-way',
      comment: 'Two folders that import each other are one.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^(electron|renderer|native)(/|$)' },
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^electron$' },
    },
    {
      name: 'no-dev-package-in-product',
      comment: 'A package that the product imports belongs under dependencies.',
      severity: 'error',
      // Not the renderer: its packages are bundled when it is built.
      from: { path: '^(electron|native)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '^node_modules/electron/' },
    },
    {
      name: 'contract-imports-zod-i18next-and-itself',
      comment: 'The contract runs in every process, the page included.',
      severity: 'error',
      from: { path: '^electron/contract/' },
      to: { pathNot: ['^electron/contract/', '^node_modules/(zod|i18next)/'] },
    },
    {
      name: 'renderer-imports-contract-only',
      comment: 'The page is sandboxed: of our code it sees itself and the contract, and no Node module.',
      severity: 'error',
      from: { path: '^renderer/' },
      // The licence texts and the mark are shown in the window.
      to: {
        pathNot: [
          '^renderer/',
          '^electron/contract/',
          '^node_modules/',
          '^LICENSE$',
          '^THIRD_PARTY_NOTICES\\.md$',
          '^resources/icons/',
        ],
      },
    },
    {
      name: 'renderer-without-electron',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: ['^electron$', '^node_modules/electron/'] },
    },
    {
      name: 'engine-without-electron',
      comment: 'The engine runs under plain Node too: command line, server, tests.',
      severity: 'error',
      from: { path: '^electron/engine/' },
      to: { path: ['^electron$', '^node_modules/electron/'] },
    },
    {
      name: 'engine-imports-contract-and-native-face',
      comment: 'Faces and hosts import the engine, never the other way; of native/ only its typed face.',
      severity: 'error',
      from: { path: '^electron/engine/' },
      to: {
        path: '^(electron|renderer|native|resources|test)/',
        pathNot: ['^electron/(engine|contract)/', '^native/index\\.ts$'],
      },
    },
    {
      name: 'cli-imports-engine-server-and-contract',
      severity: 'error',
      from: { path: '^electron/cli/' },
      to: {
        path: '^(electron|renderer|native|resources|test)/',
        pathNot: '^electron/(cli|engine|contract|server)/',
      },
    },
    {
      name: 'server-imports-engine-host-and-contract',
      severity: 'error',
      from: { path: '^electron/server/' },
      to: {
        path: '^(electron|renderer|native|resources|test)/',
        pathNot: '^electron/(server|engine|host|contract)/',
      },
    },
    {
      name: 'faces-without-electron',
      severity: 'error',
      from: { path: '^(electron/(cli|host|server)|native)/' },
      to: { path: ['^electron$', '^node_modules/electron/'] },
    },
    {
      name: 'native-imports-contract-only',
      severity: 'error',
      from: { path: '^native/' },
      to: {
        path: '^(electron|renderer|native|resources|test)/',
        pathNot: ['^native/', '^electron/contract/'],
      },
    },
    {
      name: 'main-imports-host-and-contract',
      comment: 'It hosts and relays: what the engine does, it only starts.',
      severity: 'error',
      from: { path: '^electron/main/' },
      to: {
        path: '^(electron|renderer|native|resources|test)/',
        pathNot: '^electron/(main|host|contract)/',
      },
    },
    {
      name: 'host-and-preload-import-contract-only',
      severity: 'error',
      from: { path: '^electron/(host|preload)/' },
      to: {
        path: '^(electron|renderer|native|resources|test)/',
        pathNot: '^electron/($1|contract)/',
      },
    },
    {
      name: 'resources-import-nothing',
      severity: 'error',
      from: { path: '^resources/' },
      to: { path: '^(electron|renderer|native|test)/' },
    },
    ...engineRules(),
    ...rendererRules(),
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(native/build|dist|out)/' },
    // Type-only imports count: a layer that needs another layer's types depends on it.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.d.ts'],
    },
  },
};
