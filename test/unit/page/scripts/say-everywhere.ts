// What window, menu, report and command line say in one language, as JSON. Run in a checkout of its own: it imports what lies beside it.
import i18next from 'i18next';
import { commandTree } from '../../../../electron/cli/command-line.ts';
import { openContext } from '../../../../electron/cli/context.ts';
import { Output } from '../../../../electron/cli/output.ts';
import { say, spoken, speechBy } from '../../../../electron/contract/sentences.ts';
import { voiceIn } from '../../../../electron/contract/text/words.ts';
import { cardPage } from '../../../../electron/engine/report/card-page.ts';
import { applicationMenu } from '../../../../electron/main/menu.ts';
import { startI18n } from '../../../../renderer/i18n/i18n.ts';
import { sampleCard } from '../../report/sample-card.ts';

const [tag = ''] = process.argv.slice(2);

// what the page finds in its window
const page = { documentElement: { lang: '' } };
Object.defineProperty(globalThis, 'document', { value: page });
Object.defineProperty(navigator, 'languages', { value: [tag] });
await startI18n();

const context = openContext({ home: '/nowhere', output: new Output(false), signal: new AbortController().signal });
const tree = commandTree(context, '0.0.0');
const voice = await voiceIn(tag);
process.stdout.write(
  JSON.stringify({
    language: page.documentElement.lang,
    window: i18next.t('frame.screen.models'),
    engine: spoken(say('inFile', { path: 'a.gguf', reason: say('denied') }), speechBy(i18next.t)),
    menu: applicationMenu(() => undefined, voice.say).map(({ label }) => label ?? ''),
    report: cardPage(sampleCard(), voice),
    help: tree.commands.find((command) => command.name() === 'report')?.helpInformation(),
  }),
);
await context.close();
