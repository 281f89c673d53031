// Tasks of the screens, which can be found from anywhere: each entry leads to the place of a task.
import type { CallName } from '../../electron/contract/api.ts';
import type { ScreenId } from '../../electron/contract/commands.ts';

export type Place = {
  readonly screen: ScreenId;
  /** The view of the screen, as `useViewState` names it. */
  readonly view?: readonly [name: string, value: string];
  /** The calls that carry out the task. */
  readonly calls: readonly CallName[];
};

export const PLACES = {
  bestFile: { screen: 'best', calls: ['fit.start', 'fit.takeOther'] },
  getModel: { screen: 'models', calls: ['hub.find', 'hub.look', 'hub.get'] },
  newSet: { screen: 'demos', calls: ['domains.create'] },
  respond: { screen: 'demos', calls: ['demos.respond'] },
  heldOut: { screen: 'demos', calls: ['texts.import'] },
  scoreDemos: { screen: 'score', calls: ['runs.start'] },
  chooseExperts: { screen: 'choose', calls: ['selections.save', 'selections.history'] },
  saveChoice: { screen: 'choose', calls: ['exports.choice'] },
  openChoice: { screen: 'choose', calls: ['selections.importChoice'] },
  writeFile: { screen: 'export', calls: ['exports.start'] },
  quantise: { screen: 'export', calls: [] },
  importance: { screen: 'export', calls: [] },
  repair: { screen: 'export', calls: [] },
  openIn: { screen: 'export', calls: ['programs.open', 'programs.modelfile'] },
  checkpoint: { screen: 'export', calls: ['checkpoints.start'] },
  download: { screen: 'export', calls: ['exports.download'] },
  card: { screen: 'export', calls: ['exports.card'] },
  publish: { screen: 'export', calls: ['exports.publish'] },
  report: { screen: 'prove', calls: ['exports.card'] },
  measure: { screen: 'prove', view: ['prove.view', 'together'], calls: ['evaluations.start', 'evaluations.judge'] },
  checkAnswers: { screen: 'prove', view: ['prove.view', 'answers'], calls: ['generations.start'] },
  ask: { screen: 'try', calls: ['chat.open', 'chat.send', 'chat.reset', 'chat.close'] },
  computing: { screen: 'settings', view: ['settings.tab', 'computing'], calls: ['settings.set'] },
  folders: { screen: 'settings', view: ['settings.tab', 'folders'], calls: ['library.removeFolder'] },
  checkMachine: { screen: 'settings', view: ['settings.tab', 'machine'], calls: ['app.doctor'] },
  lendMemory: {
    screen: 'settings',
    view: ['settings.tab', 'machines'],
    calls: ['machines.add', 'machines.check', 'machines.use'],
  },
  log: { screen: 'settings', view: ['settings.tab', 'log'], calls: [] },
} as const satisfies Readonly<Record<string, Place>>;

export const PLACE_IDS = Object.keys(PLACES) as (keyof typeof PLACES)[];
